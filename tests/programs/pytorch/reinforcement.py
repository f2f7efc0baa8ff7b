"""REINFORCE on a bandit, deep Q-learning on a corridor with a target network, distillation."""
import copy
import random
from collections import deque, namedtuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(0)
random.seed(0)
np.random.seed(0)

# a bandit with three arms whose best depends on the context
policy = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = optim.Adam(policy.parameters(), lr=0.02)
for episode in range(150):
    state = torch.eye(3)[torch.randint(0, 3, (32,))]
    probs = F.softmax(policy(state), dim=-1)
    action = torch.multinomial(probs, 1)
    reward = (action.squeeze(1) == state.argmax(dim=1)).float()
    log_prob = torch.log(probs.gather(1, action)).squeeze(-1)
    entropy = -(probs * torch.log(probs + 1e-8)).sum(dim=1).mean()
    advantage = (reward - reward.mean()) / (reward.std() + 1e-5)
    loss = -(log_prob * advantage.detach()).mean() - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    assert policy(torch.eye(3)).argmax(1).tolist() == [0, 1, 2]

Transition = namedtuple("Transition", ("state", "action", "reward", "next_state", "done"))


class DQN(nn.Module):
    def __init__(self, n_states, n_actions):
        super(DQN, self).__init__()
        self.layer1 = nn.Linear(n_states, 24)
        self.layer2 = nn.Linear(24, n_actions)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x)))


SIZE, GAMMA, TAU = 6, 0.9, 0.05
q_net, target_net = DQN(SIZE, 2), DQN(SIZE, 2)
target_net.load_state_dict(q_net.state_dict())
target_net.eval()
optimizer = optim.AdamW(q_net.parameters(), lr=5e-3, amsgrad=True)
memory, position, eps = deque(maxlen=500), 0, 1.0


def one_hot(i):
    return F.one_hot(torch.tensor(i), num_classes=SIZE).float()


for step in range(600):
    s = one_hot(position)
    if random.random() < eps:
        a = random.randrange(2)
    else:
        with torch.no_grad():
            a = q_net(s.unsqueeze(0)).max(1)[1].view(1, 1).item()
    nxt = max(0, position - 1) if a == 0 else position + 1
    done = nxt == SIZE - 1
    memory.append(Transition(s, a, float(done), one_hot(nxt), float(done)))
    position = 0 if done else nxt
    eps = max(0.1, eps * 0.995)
    if len(memory) < 32:
        continue
    batch = Transition(*zip(*random.sample(memory, 32)))
    states, nexts = torch.stack(batch.state), torch.stack(batch.next_state)
    actions = torch.tensor(batch.action).unsqueeze(1)
    rewards = torch.tensor(batch.reward, dtype=torch.float32)
    dones = torch.tensor(batch.done, dtype=torch.float32)
    q = q_net(states).gather(1, actions).squeeze(1)
    with torch.no_grad():
        target = rewards + GAMMA * target_net(nexts).max(1)[0] * (1 - dones)
    loss = F.smooth_l1_loss(q, target)
    optimizer.zero_grad()
    loss.backward()
    for param in q_net.parameters():
        param.grad.data.clamp_(-1, 1)
    optimizer.step()
    for t, o in zip(target_net.parameters(), q_net.parameters()):
        t.data.copy_(TAU * o.data + (1.0 - TAU) * t.data)
with torch.no_grad():
    assert q_net(torch.eye(SIZE)).argmax(1)[:-1].tolist() == [1] * (SIZE - 1)

# a student learns from its teacher's soft targets
teacher, student = nn.Linear(4, 3), nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
x, T = torch.randn(128, 4), 2.0
y = teacher(x).argmax(1).detach()
kl = nn.KLDivLoss(reduction="batchmean")
optimizer = optim.Adam(student.parameters(), lr=0.02)
first = copy.deepcopy(student)
for step in range(80):
    soft = kl(F.log_softmax(student(x) / T, dim=1), F.softmax(teacher(x).detach() / T, dim=1)) * (T * T)
    loss = 0.7 * soft + 0.3 * F.cross_entropy(student(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = lambda net: (net(x).max(1).indices == y).float().mean().item()
assert accuracy(student) > 0.9 and accuracy(student) > accuracy(first)

# clipped surrogate objective, as PPO writes it
ratio, adv = torch.tensor([0.5, 1.0, 1.5], requires_grad=True), torch.tensor([1.0, -1.0, 2.0])
surr = torch.min(ratio * adv, torch.clamp(ratio, 1 - 0.2, 1 + 0.2) * adv)
(-surr.mean()).backward()
assert torch.allclose(ratio.grad, torch.tensor([-1 / 3, 1 / 3, 0.0]))
