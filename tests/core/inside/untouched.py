"""What no call may change."""

import contextlib

import torch


def state(module):
    """Everything about a module, and the process, that a call could leave changed."""
    hooks = sum(
        len(part._forward_hooks) + len(part._forward_pre_hooks) + len(part._backward_hooks)
        for part in module.modules()
    )
    parameters = list(module.parameters())
    return (
        hooks,
        [parameter.grad for parameter in parameters],
        [parameter.requires_grad for parameter in parameters],
        [id(parameter) for parameter in parameters],
        [part.training for part in module.modules()],
        torch.is_grad_enabled(),
        [tensor.clone() for tensor in module.state_dict().values()],
        torch.random.get_rng_state(),
    )


@contextlib.contextmanager
def untouched(model):
    """Fails if what happens inside changes the model, or keeps its lock."""
    before = state(model.module)
    yield
    after = state(model.module)
    assert after[:6] == before[:6]
    assert after[0] == 0
    assert not any(gradient is not None for gradient in after[1])
    assert all(torch.equal(a, b) for a, b in zip(after[6], before[6], strict=True))
    assert torch.equal(after[7], before[7])
    assert not model.lock._is_owned()


class Stop:
    """Says stop at the n-th question, and counts what progress was told."""

    def __init__(self, after):
        self.after, self.asked, self.told = after, 0, []

    def __call__(self):
        self.asked += 1
        return self.asked > self.after

    def progress(self, done, total):
        self.told.append((done, total))
