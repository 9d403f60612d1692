import pickle, types, torch
from safetensors.torch import save_file

class Other:  # stands for every object that is no tensor: none of their code runs
    def __init__(self, *args, **kwargs): pass
    def __call__(self, *args, **kwargs): return self
    def __setstate__(self, state): pass
    def __setitem__(self, key, value): pass
    def append(self, value): pass
    def extend(self, values): pass

class Tensors(pickle.Unpickler):
    def find_class(self, module, name):
        known = (module, name) in {("collections", "OrderedDict"), ("torch", "Size"), ("torch", "device"), ("torch.nn.parameter", "Parameter")}
        known |= module == "torch._utils" and name.startswith("_rebuild_") or module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        return super().find_class(module, name) if known or "Storage" in name and module in ("torch", "torch.storage") else Other

def state_dicts(tree, path):
    if isinstance(tree, dict):
        state = {k: v for k, v in tree.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}
        if state and "optim" not in path: yield path, state
        for k, v in tree.items(): yield from state_dicts(v, f"{path}[{k!r}]")

reader = types.SimpleNamespace(Unpickler=Tensors, load=lambda file, **how: Tensors(file, **how).load(), __name__="pickle")
saved = torch.load(FROM, map_location="cpu", pickle_module=reader, weights_only=False)
saved = saved.state_dict() if isinstance(saved, torch.jit.ScriptModule) else saved
found = sorted(state_dicts(saved, "saved"), key=lambda f: ("ema" in f[0], -len(f[1])))
if not found:
    what = " is a whole model, and reading it would run the code of its class" if isinstance(saved, Other) else " has no state dict"
    raise SystemExit(FROM + what + ": in the program that saved it, torch.save(model.state_dict(), ...)")
print(*(f"{len(state)} tensors in {path}" for path, state in found), f"written: {found[0][0]}; to write another, change found[0]", sep="\n")
save_file({k: (v.float() if v.is_floating_point() else v.long()).contiguous().clone() for k, v in found[0][1].items()}, TO)
