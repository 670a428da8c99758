"""PyTorch's own loops, whose ends are those of the paths shown."""

from core.lab.descent import line, moons
from core.lab.descent.rules import Optimiser
from core.lab.descent.schedules import STEP_FACTOR, third
from core.lab.descent.surfaces import Point, Surface

_CALLS = {
    "sgd": "SGD([w], lr={rate})",
    "momentum": "SGD([w], lr={rate}, momentum={momentum})",
    "nesterov": "SGD([w], lr={rate}, momentum={momentum}, nesterov=True)",
    "rmsprop": "RMSprop([w], lr={rate})",
    "adam": "Adam([w], lr={rate})",
}


def on_surface(
    surface: Surface, start: Point, optimiser: Optimiser, planned: int, made: int
) -> str:
    """Descent on a surface: so many of the planned steps, which are less where it diverges."""
    return "\n".join(
        [
            f"w = torch.tensor({list(start)}, dtype=torch.float64, requires_grad=True)",
            *_made(optimiser, planned),
            f"for _ in range({made}):",
            "    x, y = w",
            f"    loss = {surface.code}",
            *_step(optimiser, "    "),
        ]
    )


def on_line(size: int, epochs: int, standardised: bool, optimiser: Optimiser) -> str:
    """The line's fit by batches of `size`."""
    updates = epochs * -(-line.EXAMPLES // size)
    return "\n".join(
        [
            "import numpy as np",
            "random = np.random.default_rng(0)",
            f"x = random.uniform(0, 3, {line.EXAMPLES})",
            f"y = 1.2 * x + 0.5 + random.normal(0, 0.6, {line.EXAMPLES})",
            *(["x = (x - x.mean()) / x.std()"] if standardised else []),
            "x, y = torch.tensor(x), torch.tensor(y)",
            f"w = torch.tensor({list(line.START)}, dtype=torch.float64, requires_grad=True)",
            *_made(optimiser, updates),
            *_epochs(line.EXAMPLES, size, epochs),
            "        loss = ((w[0] * x[batch] + w[1] - y[batch]) ** 2).mean()",
            *_step(optimiser, "        "),
        ]
    )


def on_moons(size: int, epochs: int, optimiser: Optimiser) -> str:
    """The network's training by batches of `size`."""
    updates = epochs * -(-moons.EXAMPLES // size)
    made = [text.replace("[w]", "network.parameters()") for text in _made(optimiser, updates)]
    return "\n".join(
        [
            "import numpy as np",
            "from sklearn.datasets import make_moons",
            f"x, y = make_moons({moons.EXAMPLES}, noise={moons.NOISE}, random_state=0)",
            "x, y = torch.tensor(x), torch.tensor(y)",
            "torch.manual_seed(0)",
            f"layers = torch.nn.Linear(2, {moons.HIDDEN}), torch.nn.Tanh(), "
            f"torch.nn.Linear({moons.HIDDEN}, 2)",
            "network = torch.nn.Sequential(*layers).double()",
            *made,
            *_epochs(moons.EXAMPLES, size, epochs),
            "        loss = torch.nn.functional.cross_entropy(network(x[batch]), y[batch])",
            *_step(optimiser, "        "),
        ]
    )


def _epochs(examples: int, size: int, epochs: int) -> list[str]:
    return [
        "random = np.random.default_rng(1)",
        f"for epoch in range({epochs}):",
        f"    for batch in torch.tensor(random.permutation({examples})).split({size}):",
    ]


def _made(optimiser: Optimiser, steps: int) -> list[str]:
    """The optimiser and its schedule."""
    call = _CALLS[optimiser.rule].format(rate=optimiser.rate, momentum=optimiser.momentum)
    lines = [f"optimiser = torch.optim.{call}"]
    warm_up, scheduled = optimiser.schedule.warm_up, optimiser.schedule.name != "constant"
    if warm_up or scheduled:
        lines.append("from torch.optim import lr_scheduler as schedules")
    if warm_up:
        name = "warm_up" if scheduled else "schedule"
        lines.append(
            f"{name} = schedules.LinearLR(optimiser, 1 / {warm_up + 1}, total_iters={warm_up})"
        )
    if scheduled:
        left = steps - warm_up
        after = {
            "step": f"StepLR(optimiser, {third(left)}, {STEP_FACTOR})",
            "cosine": f"CosineAnnealingLR(optimiser, T_max={left})",
            "linear": f"LinearLR(optimiser, 1, 0, total_iters={left})",
        }[optimiser.schedule.name]
        lines.append(f"{'after' if warm_up else 'schedule'} = schedules.{after}")
    if warm_up and scheduled:
        lines.append(f"schedule = schedules.SequentialLR(optimiser, [warm_up, after], [{warm_up}])")
    return lines


def _step(optimiser: Optimiser, indent: str) -> list[str]:
    calls = ["optimiser.zero_grad()", "loss.backward()", "optimiser.step()"]
    if optimiser.schedule.warm_up or optimiser.schedule.name != "constant":
        calls.append("schedule.step()")
    return [indent + call for call in calls]
