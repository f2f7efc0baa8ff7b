"""A LeNet-like network on small pictures, trained as every repository does it."""
import copy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, random_split

torch.backends.cudnn.deterministic = True
torch.manual_seed(0)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class Bars(Dataset):
    """Class 0: a horizontal bar, 1: a vertical one, 2: a diagonal."""

    def __init__(self, n, transform=None):
        rng = np.random.RandomState(0)
        self.labels = rng.randint(0, 3, n)
        self.images = rng.randn(n, 12, 12).astype(np.float32) * 0.2
        for image, label, place in zip(self.images, self.labels, rng.randint(1, 11, n)):
            if label == 0:
                image[place, :] += 1
            elif label == 1:
                image[:, place] += 1
            else:
                image[np.arange(12), np.arange(12)] += 1
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        image = torch.from_numpy(self.images[idx]).unsqueeze(0)
        if self.transform:
            image = self.transform(image)
        return image, int(self.labels[idx])


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3)
        self.bn = nn.BatchNorm2d(8)
        self.dropout = nn.Dropout2d(0.1)
        self.fc1 = nn.Linear(8 * 2 * 2, 16)
        self.fc2 = nn.Linear(16, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.bn(self.conv2(x))), kernel_size=2)
        x = self.dropout(x)
        x = x.view(-1, self.num_flat_features(x))
        x = F.dropout(F.relu(self.fc1(x)), p=0.1, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)

    def num_flat_features(self, x):
        size = 1
        for s in x.size()[1:]:
            size *= s
        return size


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.kaiming_normal_(m.weight.data, nonlinearity="relu")
        m.bias.data.fill_(0)
    elif isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.zeros_(m.bias)
    elif isinstance(m, nn.BatchNorm2d):
        m.weight.data.normal_(1.0, 0.02)
        m.bias.data.fill_(0)


dataset = Bars(300, transform=lambda t: (t - 0.1) / 0.5)
train_set, val_set = random_split(dataset, [240, 60], generator=torch.Generator().manual_seed(42))
train_loader = DataLoader(train_set, batch_size=32, shuffle=True, num_workers=0, pin_memory=False)
val_loader = DataLoader(val_set, batch_size=60, shuffle=False)

model = Net().to(device)
model.apply(weights_init)
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
optimizer = optim.Adam(model.parameters(), lr=1e-2, betas=(0.9, 0.999), weight_decay=1e-4)
scheduler = StepLR(optimizer, step_size=3, gamma=0.5)


def train(epoch):
    model.train()
    running_loss, correct, total = 0.0, 0, 0
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        running_loss += loss.item() * data.size(0)
        _, predicted = torch.max(output.data, 1)
        total += target.size(0)
        correct += (predicted == target).sum().item()
    print(f"epoch {epoch} loss {running_loss / len(train_loader.dataset):.4f} acc {100.0 * correct / total:.1f}%")
    return running_loss / len(train_loader.dataset)


@torch.no_grad()
def evaluate():
    model.eval()
    test_loss, correct = 0, 0
    for data, target in val_loader:
        data, target = data.to(device), target.to(device)
        output = model(data)
        test_loss += F.nll_loss(output, target, reduction="sum").item()
        pred = output.argmax(dim=1, keepdim=True)
        correct += pred.eq(target.view_as(pred)).sum().item()
    return test_loss / len(val_loader.dataset), correct / len(val_loader.dataset)


best_loss, patience, counter, best_wts = float("inf"), 3, 0, None
for epoch in range(1, 8):
    train(epoch)
    val_loss, val_acc = evaluate()
    scheduler.step()
    if val_loss < best_loss:
        best_loss, counter = val_loss, 0
        best_wts = copy.deepcopy(model.state_dict())
    else:
        counter += 1
        if counter >= patience:
            break
model.load_state_dict(best_wts)
val_loss, val_acc = evaluate()
assert abs(val_loss - best_loss) < 1e-6 and val_acc > 0.9, val_acc
assert optimizer.param_groups[0]["lr"] < 1e-2
with torch.set_grad_enabled(False):
    x, y = next(iter(val_loader))
    probs = torch.exp(model(x))
    top_p, top_class = probs.topk(1, dim=1)
    equals = top_class == y.view(*top_class.shape)
    assert torch.mean(equals.type(torch.FloatTensor)).item() == val_acc
    assert not probs.requires_grad
