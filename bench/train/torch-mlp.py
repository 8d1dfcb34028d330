"""The same network trained by PyTorch on one thread: the yardstick. Prints one line of JSON."""
import json
import sys
import time

try:
    import torch
except ImportError as error:
    print(json.dumps({"notRun": str(error)}))
    sys.exit(0)

INPUTS, HIDDEN, BATCH, WARM_STEPS, TIMED_SECONDS = 200, [512, 256, 64], 1024, 4, 4
torch.set_num_threads(1)
torch.manual_seed(1)
widths = [INPUTS, *HIDDEN]
layers = [part for a, b in zip(widths, widths[1:]) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
model = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loss_of = torch.nn.BCEWithLogitsLoss()
x = torch.randn(BATCH, INPUTS)
y = (torch.arange(BATCH) % 2).float().reshape(-1, 1)


def step():
    optimizer.zero_grad()
    loss_of(model(x), y).backward()
    optimizer.step()


for _ in range(WARM_STEPS):
    step()
cpu, wall, steps = time.process_time(), time.perf_counter(), 0
while time.perf_counter() - wall < TIMED_SECONDS:
    step()
    steps += 1
print(json.dumps({
    "device": "torch " + torch.__version__,
    "samples": steps * BATCH,
    "cpuSeconds": time.process_time() - cpu,
    "wallSeconds": time.perf_counter() - wall,
}))
