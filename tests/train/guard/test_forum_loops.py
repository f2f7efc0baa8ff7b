"""Optimizers, schedules, parameters and loops that go wrong in the programs that people post."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler, schedules
from tests.train.guard.forum import BITS, NUMBERS, Misuses, Own, X, fit, mlp

MISUSES = Misuses()
refused, said = MISUSES.refused, MISUSES.said


@said("optim.no_rate", "Trainer, SGD, lr")
def rate_zero():
    fit(m := mlp(), nn.MSELoss(), (X, NUMBERS), optim.SGD(m.parameters(), lr=0.0), epochs=3)


@said("optim.no_rate", "SGD")
def loop_rate_zero():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(6):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@refused("optim.range", "Adam")
def rate_negative():
    optim.Adam(mlp().parameters(), lr=-1e-3)


@refused("optim.range", "Adam")
def rate_nan():
    optim.Adam(mlp().parameters(), lr=float("nan"))


@refused("optim.not_number", "SGD")
def rate_word():
    optim.SGD(mlp().parameters(), lr="0.1")


@refused("optim.range", "SGD")
def rate_infinite():
    optim.SGD(mlp().parameters(), lr=float("inf"))


@refused("optim.range", "SGD")
def momentum_above_one():
    optim.SGD(mlp().parameters(), lr=0.1, momentum=9)


@refused("data.whole", "Trainer.fit, epochs")
def no_epochs():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), epochs=0)


@refused("data.whole", "Trainer.fit, epochs")
def half_epochs():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), epochs=2.5)


@refused("data.whole", "Trainer.fit, batch_size")
def batch_of_nothing():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), batch_size=0)


@refused("train.foreign_optimizer", "Trainer")
def other_models_optimizer():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), optim.SGD(mlp().parameters(), lr=0.1))


@said("optim.no_gradient", "SGD.step")
def loop_other_models_optimizer():
    m, o = mlp(), optim.SGD(mlp().parameters(), lr=0.1)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(6):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@refused("guard.replaced", "Trainer, Adam")
def layer_replaced():
    m = mlp()
    o = optim.Adam(m.parameters())
    m[2] = nn.Linear(8, 1)
    fit(m, nn.MSELoss(), (X, NUMBERS), o)


@said("optim.no_gradient", "Adam.step")
def network_made_again_in_loop():
    m = mlp()
    o = optim.Adam(m.parameters())
    m = mlp()
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(6):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@refused("optim.module", "SGD")
def optimizer_of_the_module():
    optim.SGD(mlp(), lr=0.1)


@refused("optim.empty", "SGD")
def used_up_generator():
    p = mlp().parameters()
    assert sum(q.numel() for q in p)
    optim.SGD(p, lr=0.1)


@said("guard.left_out", "Trainer, Adam")
def only_the_head_by_mistake():
    m = mlp()
    fit(m, nn.MSELoss(), (X, NUMBERS), optim.Adam(m[2].parameters()))


@refused("train.all_frozen", "Trainer")
def everything_frozen():
    m = mlp()
    for p in m.parameters():
        p.requires_grad_(False)
    fit(m, nn.MSELoss(), (X, NUMBERS), optim.SGD(m.parameters(), lr=0.1))


class Listed(nn.Module):
    def __init__(self, o=1):
        super().__init__()
        self.layers = []
        for _ in range(2):
            self.layers.append(nn.Linear(4, 4))
        self.out = nn.Linear(4, o)

    def forward(self, x):
        for layer in self.layers:
            x = cr.tanh(layer(x))
        return self.out(x)


@refused("guard.hidden_layers", "Listed, attribute layers")
def list_of_layers():
    fit(Listed(), nn.MSELoss(), (X, NUMBERS))


@said("guard.hidden_layers", "Listed, attribute layers")
def loop_list_of_layers():
    m = Listed()
    o = optim.SGD(m.parameters(), lr=0.01)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(5):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@refused("optim.empty", "Adam")
def list_in_sequential_forgotten():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = {"a": nn.Linear(4, 4), "b": nn.Linear(4, 1)}

        def forward(self, x):
            return self.blocks["b"](self.blocks["a"](x).relu())

    optim.Adam(Net().parameters())


@refused("guard.loose_tensor", "Own.forward")
def layer_made_in_forward():
    fit(Own(lambda m, x: nn.Linear(8, 1)(m.a(x).relu()) + 0 * m.b(m.a(x)).relu()), nn.MSELoss(), (X, NUMBERS))


@refused("guard.loose_tensor", "Own.forward")
def parameter_made_in_forward():
    fit(Own(lambda m, x: m.b(m.a(x).relu()) * nn.Parameter(cr.ones(1))), nn.MSELoss(), (X, NUMBERS))


@refused("guard.loose_tensor", "Net.forward")
def weights_as_plain_tensors():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = cr.randn(4, 1, requires_grad=True)
            self.c = nn.Parameter(cr.zeros(1))

        def forward(self, x):
            return x @ self.w + self.c

    fit(Net(), nn.MSELoss(), (X, NUMBERS))


@refused("guard.cut", "Own.forward")
def no_grad_in_forward():
    def f(m, x):
        with cr.no_grad():
            return m.b(m.a(x).relu())

    fit(Own(f), nn.MSELoss(), (X, NUMBERS))


@said("guard.unreached", "Own.forward")
def detach_half_way():
    fit(Own(lambda m, x: m.b(m.a(x).relu().detach())), nn.MSELoss(), (X, NUMBERS))


@refused("guard.cut", "Own.forward")
def numpy_in_forward():
    fit(Own(lambda m, x: cr.tensor(np.maximum(m.a(x).detach().numpy(), 0)) @ cr.ones(8, 1)), nn.MSELoss(), (X, NUMBERS))


@refused("train.reduction", "Trainer")
def loss_none():
    fit(mlp(), nn.MSELoss(reduction="none"), (X, NUMBERS))


@refused("train.loss_result", "Trainer")
def own_loss_gives_a_vector():
    fit(mlp(), lambda p, t: (p - t) ** 2, (X, NUMBERS))


@refused("train.loss_result", "Trainer")
def own_loss_gives_a_float():
    fit(mlp(), lambda p, t: F.mse_loss(p, t).item(), (X, NUMBERS))


@refused("tensors.no_history", "backward()")
def own_loss_numpy():
    fit(mlp(), lambda p, t: cr.tensor(((p.detach().numpy() - t.numpy()) ** 2).mean()), (X, NUMBERS))


@refused("tensors.no_history", "backward()")
def own_loss_accuracy():
    fit(mlp(), lambda p, t: ((p > 0).float() == t).float().mean(), (X, BITS))


@refused("train.loss", "Trainer")
def loss_class():
    fit(mlp(), nn.MSELoss, (X, NUMBERS))


@refused("train.loss", "Trainer")
def loss_word():
    fit(mlp(), "mse", (X, NUMBERS))


@refused("train.optimizer", "Trainer")
def optimizer_class():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), optim.Adam)


@refused("train.model", "Trainer")
def model_class():
    fit(nn.Linear, nn.MSELoss(), (X, NUMBERS))


@refused("guard.scheduler_steps", "Trainer, schedule OneCycleLR, total_steps")
def scheduler_over_steps():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    fit(
        m, nn.MSELoss(), (X, NUMBERS), o, epochs=4, tr=dict(schedule=lr_scheduler.OneCycleLR(o, 0.1, total_steps=4 * 3))
    )


@refused("guard.scheduler_steps", "Trainer, schedule CosineAnnealingLR, T_max")
def scheduler_cosine_over_steps():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    fit(m, nn.MSELoss(), (X, NUMBERS), o, epochs=4, tr=dict(schedule=lr_scheduler.CosineAnnealingLR(o, T_max=12)))


@said("guard.schedule_over", "Trainer")
def schedule_counts_epochs():
    fit(
        m := mlp(),
        nn.MSELoss(),
        (X, NUMBERS),
        optim.SGD(m.parameters(), lr=0.1),
        epochs=20,
        tr=dict(schedule=schedules.cosine(0.1, steps=20)),
    )


@refused("optim.cycle_over", "OneCycleLR.step")
def scheduler_too_long():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    for _ in range(1):
        pass
    s = lr_scheduler.OneCycleLR(o, 0.1, total_steps=3)
    fit(m, nn.MSELoss(), (X, NUMBERS), o, epochs=5, tr=dict(schedule=s))


@said("optim.too_early", "StepLR.step")
def loop_scheduler_first():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.StepLR(o, 1)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(3):
        s.step()
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@refused("optim.no_metric", "ReduceLROnPlateau.step")
def loop_plateau_without_metric():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.ReduceLROnPlateau(o)
    s.step()


@refused("optim.cycle_over", "OneCycleLR.step")
def loop_one_cycle_beyond():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.OneCycleLR(o, 0.1, total_steps=3)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(5):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()
        s.step()


@refused("train.foreign_schedule", "Trainer")
def scheduler_of_another():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.StepLR(optim.SGD(m.parameters(), lr=0.1), 3)
    fit(m, nn.MSELoss(), (X, NUMBERS), o, tr=dict(schedule=s))


@refused("optim.no_optimizer", "StepLR")
def scheduler_given_a_rate():
    lr_scheduler.StepLR(0.1, 10)


@said("guard.rate_taken_back", "Trainer")
def callback_overwrites_the_schedule():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)

    def f(tr):
        tr.optimizer.param_groups[0]["lr"] = 1e-4

    fit(
        m,
        nn.MSELoss(),
        (X, NUMBERS),
        o,
        epochs=3,
        tr=dict(schedule=schedules.cosine(0.1, steps=9)),
        callbacks=[cr.train.LambdaCallback(on_epoch_end=f)],
    )


@said("optim.set_back", "CosineAnnealingLR.step")
def loop_rate_overwritten():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.CosineAnnealingLR(o, 10)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(5):
        for g in o.param_groups:
            g["lr"] = 0.1
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()
        s.step()


@said("guard.used_network", "Trainer.lr_range_test")
def range_test_on_used():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.lr_range_test((X, NUMBERS), points=3, steps=2, repeats=2)


@said("optim.not_cleared", "Adam.step")
def loop_no_zero_grad():
    m = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(4):
        F.mse_loss(m(x), t).backward()
        o.step()


@said("optim.not_cleared", "Adam.step")
def loop_zero_grad_of_the_wrong_one():
    m = mlp()
    m2 = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(4):
        m2.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@said("optim.not_cleared", "RMSprop.step")
def loop_zero_grad_once_before():
    m = mlp()
    o = optim.RMSprop(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    o.zero_grad()
    for _ in range(4):
        F.mse_loss(m(x), t).backward()
        o.step()


@said("optim.cleared_too_early", "Adam.step")
def loop_zero_grad_between():
    m = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(4):
        F.mse_loss(m(x), t).backward()
        o.zero_grad()
        o.step()


@said("optim.never_stepped", "Adam.zero_grad")
def loop_no_step():
    m = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(60):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()


@said("optim.no_backward", "Adam.step")
def loop_no_backward():
    m = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(30):
        o.zero_grad()
        F.mse_loss(m(x), t)
        o.step()


@said("layers.forgotten_eval", "Dropout(p=0.5, inplace=False)")
def loop_no_eval():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(4):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()
    with cr.no_grad():
        float(((m(x) > 0) == (t > 0)).float().mean())


@said("layers.forgotten_train", "Dropout(p=0.5, inplace=False)")
def loop_no_train_again():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    m.train()
    for _ in range(4):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()
        m.eval()
        with cr.no_grad():
            F.mse_loss(m(x), t).item()


@refused("tensors.no_history", "backward()")
def loop_item_then_backward():
    m = mlp()
    loss = F.mse_loss(m(cr.tensor(X)), cr.tensor(NUMBERS)).item()
    cr.tensor(loss).backward()


@refused("tensors.no_history", "backward()")
def loop_detached_loss():
    m = mlp()
    F.mse_loss(m(cr.tensor(X)).detach(), cr.tensor(NUMBERS)).backward()


@refused("tape.used_up", "mse")
def loop_backward_twice():
    m = mlp()
    loss = F.mse_loss(m(cr.tensor(X)), cr.tensor(NUMBERS))
    loss.backward()
    loss.backward()


@refused("tensors.not_scalar", "backward()")
def loop_backward_of_a_vector():
    m = mlp()
    F.mse_loss(m(cr.tensor(X)), cr.tensor(NUMBERS), reduction="none").backward()


@refused("tensors.leaf_in_place", "-=")
def leaf_changed_in_place():
    w = cr.tensor([1.0, 2.0], requires_grad=True)
    (w**2).sum().backward()
    w -= 0.1 * w.grad


@refused("tensors.leaf_in_place", "add_")
def leaf_added_in_place():
    w = nn.Parameter(cr.ones(2))
    w.add_(1.0)


@refused("tape.changed", "power")
def changed_before_backward():
    w = cr.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**2).sum()
    with cr.no_grad():
        w += 1
    loss.backward()


@refused("tape.changed", "linear")
def step_before_backward_of_second_loss():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    p = m(cr.tensor(X))
    F.mse_loss(p, cr.tensor(NUMBERS)).backward(retain_graph=True)
    o.step()
    F.l1_loss(p, cr.tensor(NUMBERS)).backward()


@refused("tape.used_up", "scan")
def hidden_state_carried_on():
    r = nn.RNN(1, 4)
    h = None
    x = cr.randn(2, 5, 1)
    for _ in range(2):
        out, h = r(x, h)
        out.sum().backward()


@refused("nn.no_init", "Net")
def forgotten_super():
    class Net(nn.Module):
        def __init__(self):
            self.a = nn.Linear(2, 2)

    Net()


@refused("optim.no_closure", "LBFGS.step")
def forgotten_closure():
    m = mlp()
    optim.LBFGS(m.parameters()).step()


@refused("layers.not_module", "Sequential, module 1")
def loop_relu_by_name_forgotten_call():
    nn.Sequential(nn.Linear(4, 8), nn.ReLU, nn.Linear(8, 1))


@refused("layers.probability", "Dropout")
def dropout_above_one():
    nn.Dropout(50)


@refused("layers.not_module", "Sequential, module 0")
def layers_as_a_list_to_sequential():
    nn.Sequential([nn.Linear(4, 8), nn.ReLU()])


@refused("nn.state_shape", "Sequential.load_state_dict, 2.weight")
def load_other_state():
    mlp().load_state_dict(mlp(3).state_dict())


@refused("losses.sizes", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def class_targets_of_two_columns():
    fit(mlp(2), nn.BCEWithLogitsLoss(), (X, BITS))


@refused("train.data", "Trainer.fit, data")
def fit_a_sentence():
    fit(mlp(), nn.MSELoss(), "data.csv")


@refused("train.data", "Trainer.fit, data")
def fit_a_dict():
    fit(mlp(), nn.MSELoss(), {"X": X, "y": NUMBERS})


@refused("layers.width", "0 Linear(in_features=4, out_features=8, bias=True)")
def predict_other_columns():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.predict(X[:, :3])


@refused("train.data", "Trainer.evaluate, data")
def evaluate_only_inputs():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.evaluate(X)


@refused("train.input_count", "Trainer.predict, X")
def predict_pair():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.predict((X, NUMBERS))


@refused("losses.negative_weights", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def pos_weight_below_zero():
    nn.BCEWithLogitsLoss(pos_weight=cr.tensor([-1.0]))(cr.randn(5, 1), cr.ones(5, 1))


@pytest.mark.parametrize("name", MISUSES.rows)
def test_it_is_named(name):
    MISUSES.check(name)
