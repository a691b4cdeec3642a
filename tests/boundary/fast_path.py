"""fast_path.py BUILD: walks the calls that can be reached from the entry points of the fast path, in the object code,
and fails on any that leaves the core for something other than moving memory, and on any call through a pointer but those
of the crypto engine."""

import pathlib
import re
import subprocess
import sys

ENTRY_POINTS = ("lisper::process(", "lisper::encapsulate_copy(", "lisper::copy_wanted(", "lisper::seal(", "lisper::open(")

# Where the injected crypto engine is called, once for many packets.
ENGINE_CALLERS = re.compile(r"lisper::(\{anonymous\}::)?(seal|Batch::seal|Opener<[^>]*>::(run|open_with_another))\(")

# External symbols that the fast path may use.
ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail", "__memcpy_chk", "__memset_chk"}

# Calls that are cold, and why they may be there: (caller, callee) as regular expressions over demangled names.
EXCEPTIONS = [
    (r"lisper::Reassembler::", r"operator (new|delete)",
     "memory for reassembly is allocated with the first fragment ever, not per packet"),
    (r"lisper::Reassembler::|std::vector<std::byte", r"operator (new|delete)|std::__throw_(length_error|bad_alloc)",
     "the buffer of a reassembled packet keeps its capacity"),
    (r".*", r"_Unwind_Resume|std::terminate|__cxa_begin_catch|__cxa_call_terminate",
     "what a noexcept function does if something below it threw"),
]


def read_calls(path):
    """Yields (function, callee, is_indirect) for each function of an object file, callees in mangled form."""
    text = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", path], capture_output=True, text=True,
                          check=True).stdout
    starts = {}  # section -> [(offset, function)]
    calls = []
    section = function = None
    for line in text.splitlines():
        if match := re.match(r"Disassembly of section (\S+):", line):
            section = match.group(1)
        elif match := re.match(r"([0-9a-f]+) <(.+)>:$", line):
            function = match.group(2)
            starts.setdefault(section, []).append((int(match.group(1), 16), function))
            calls.append((function, None, False))
        elif match := re.search(r"R_X86_64_(?:PLT32|PC32|GOTPCREL\w*|64|32S?)\s+(\S+?)([-+]0x[0-9a-f]+)?$", line):
            calls.append((function, (match.group(1), int(match.group(2) or "0", 16)), False))
        elif match := re.search(r"\t(?:call|j\w+)\s+[0-9a-f]+ <([^>+]+)(?:\+0x[0-9a-f]+)?>", line):
            calls.append((function, match.group(1), False))
        elif re.search(r"\tcall\s+\*", line):
            calls.append((function, None, True))
    for function, callee, indirect in calls:
        if isinstance(callee, tuple):
            name, addend = callee
            if name in starts:  # a local function, named by its place in a section
                before = [f for offset, f in starts[name] if offset <= addend + 4]
                callee = before[-1] if before else None
            elif name.startswith("."):  # data
                continue
            else:
                callee = name
        yield function, callee, indirect


def demangle(names):
    names = sorted(names)
    plain = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True).stdout
    return dict(zip(names, plain.replace("(anonymous namespace)", "{anonymous}").splitlines()))


def main():
    objects = sorted(pathlib.Path(sys.argv[1]).glob("core/CMakeFiles/lisper_core.dir/**/*.o"))
    functions = {}  # (object, function) -> set of callees; local names are looked up in their own object first
    indirect = set()
    anywhere = {}
    data = set()
    for path in objects:
        for function, callee, is_indirect in read_calls(path):
            entry = functions.setdefault((path, function), set())
            anywhere.setdefault(function, (path, function))
            if callee and callee != function:
                entry.add(callee)
            if is_indirect:
                indirect.add((path, function))
        symbols = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
        data |= {line.split()[-1] for line in symbols.splitlines() if line.split()[-2] in "RrDdBbVv"}
    plain = demangle({f for _, f in functions} | {c for callees in functions.values() for c in callees})

    roots = [key for key in functions if plain[key[1]].startswith(ENTRY_POINTS)]
    found = [entry for entry in ENTRY_POINTS if not any(plain[key[1]].startswith(entry) for key in roots)]
    if found:
        sys.exit(f"entry points not found in the objects: {found}")

    reached = {key: None for key in roots}
    queue = list(roots)
    problems = []
    while queue:
        key = queue.pop()
        if key in indirect and not ENGINE_CALLERS.match(plain[key[1]]):
            problems.append((key, "a call through a pointer"))
        for callee in sorted(functions[key]):
            if callee in data:
                continue
            if any(re.match(caller, plain[key[1]]) and re.match(called, plain[callee]) for caller, called, _ in EXCEPTIONS):
                continue
            target = (key[0], callee) if (key[0], callee) in functions else anywhere.get(callee)
            if target is None:
                if callee.split("@")[0] not in ALLOWED:
                    problems.append((key, plain[callee]))
            elif target not in reached:
                reached[target] = key
                queue.append(target)

    for key, what in problems:
        chain = []
        while key:
            chain.append(plain[key[1]].split("(")[0])
            key = reached[key]
        print(f"{what}\n    reached through {' -> '.join(reversed(chain))}")
    print(f"{len(reached)} functions can be reached, {len(problems)} forbidden calls")
    sys.exit(bool(problems))


main()
