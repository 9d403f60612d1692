import array, json, pickle, types, torch

class Other(dict):  # stands for every object that is no tensor: none of their code runs
    __hash__ = object.__hash__
    def __init__(self, *args, **kwargs): pass
    def __call__(self, *args, **kwargs): return self
    def __setstate__(self, state): pass
    def append(self, value): pass
    def extend(self, values): pass
    def add(self, value): pass

class Tensors(pickle.Unpickler):
    def find_class(self, module, name):
        known = (module, name) in {("collections", "OrderedDict"), ("torch", "Size"), ("torch", "device"), ("torch.nn.parameter", "Parameter")}
        known |= module == "torch._utils" and name.startswith("_rebuild_") or module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        if known or "Storage" in name and module in ("torch", "torch.storage"): return super().find_class(module, name)
        return (lambda *args: Other) if name == "getattr" else Other  # getattr gives a class within a class

def state_dicts(tree, path):
    if isinstance(tree, (list, tuple)): tree = dict(enumerate(tree))
    if isinstance(tree, dict) and not {"state", "param_groups"} <= set(tree):  # an optimizer has these
        state = {k: v for k, v in tree.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}
        if state: yield path, state
        for k, v in tree.items(): yield from state_dicts(v, f"{path}[{k!r}]")

def save_file(state, to):  # by hand: the package safetensors does not know old versions of torch
    header, data = {"__metadata__": {"format": "pt"}}, bytearray()
    for k, v in state.items():
        numbers, dtype, code = (v.float(), "F32", "f") if v.is_floating_point() else (v.long(), "I64", "q")
        begin, shape = len(data), list(v.shape)
        data += array.array(code, numbers.flatten().tolist()).tobytes()
        header[k] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(to, "wb") as file: file.write(len(text).to_bytes(8, "little") + text + data)

reader = types.SimpleNamespace(Unpickler=Tensors, load=lambda file, **how: Tensors(file, **how).load(), __name__="pickle")
try:
    saved = torch.load(FROM, map_location="cpu", pickle_module=reader)
    saved = saved.state_dict() if isinstance(saved, torch.jit.ScriptModule) else saved
    found = sorted(state_dicts(saved, "saved"), key=lambda f: ("optim" in f[0], "ema" in f[0], -len(f[1])))
    if not found:
        raise ValueError("is a whole model, and reading it would run the code of its class" if isinstance(saved, Other) else "has no state dict")
    save_file(found[0][1], TO)
except OSError as e:
    raise SystemExit(e)
except Exception as e:
    reason = f"{e}:" if isinstance(e, ValueError) else f"cannot be converted ({type(e).__name__}: {str(e)[:150]}): copy it again, or"
    raise SystemExit(FROM + " " + " ".join(reason.split()) + " in the program that saved it, torch.save(model.state_dict(), ...)")
print(*(f"{len(state)} tensors in {path}" for path, state in found), f"written: {found[0][0]}; to write another, change found[0]", sep="\n")
