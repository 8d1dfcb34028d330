# Perennial. `make help` lists the targets; every other target first brings what is missing.
# The project runs on Node 24.12 or newer; where the system's is older, set-up brings one from npm into .tools/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

export ONNXRUNTIME_NODE_INSTALL := skip
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)

# NAME=value arguments become --name value; a target lists those it knows.
flag = $(if $($(1)),--$(2) '$($(1))')
MAIN := node app/main.ts

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .tools/ready ## bring what is missing (Node 24, packages); idempotent

.tools/ready: package.json package-lock.json app/setup.sh
	@bash app/setup.sh

.PHONY: setup-gpu
setup-gpu: setup ## try to bring tfjs-node-gpu and Dawn (WebGPU) for training on a GPU [TF_WHEEL=tensorflow wheel]
	@TF_WHEEL='$(TF_WHEEL)' bash app/setup-gpu.sh

.PHONY: demo
demo: setup ## the main job, from events to edge [ONCE=1] [DATA=file.csv[.gz] SPEC=model.yaml]
	@$(MAIN) demo $(call flag,DATA,data) $(call flag,SPEC,spec) $(call flag,PORT,port) $(call flag,WEEKS,weeks) $(if $(ONCE),--once)

.PHONY: simulate
simulate: setup ## events of a simulated lender with known drift, and the truth beside them: OUT=dir [SEED=1]
	@$(MAIN) simulate $(call flag,OUT,out) $(call flag,SEED,seed)

.PHONY: up
up: setup ## the production process: API, learner, scheduler, one local job worker
	@$(MAIN) up $(call flag,PORT,port) $(call flag,CONFIG,config)

.PHONY: worker
worker: setup ## a job worker alone, for instance on a GPU box
	@$(MAIN) worker $(call flag,CONFIG,config)

.PHONY: infer-spec
infer-spec: setup ## propose a model spec from a CSV: DATA=file.csv[.gz] LABEL=column [TIME=column] [OUT=model.yaml]
	@$(MAIN) infer-spec $(call flag,DATA,data) $(call flag,LABEL,label) $(call flag,TIME,time) $(call flag,OUT,out)

.PHONY: replay
replay: setup ## replay a file in event time: SPEC=model.yaml DATA=file.csv[.gz] [URL=http://...]
	@$(MAIN) replay $(call flag,SPEC,spec) $(call flag,DATA,data) $(call flag,URL,url) $(call flag,WEEKS,weeks)

.PHONY: prequential
prequential: setup ## test an online learner on a file: SPEC=model.yaml DATA=file.csv[.gz] OUT=dir [LEARNER=name] [DELAY=48|P7D] [WINDOW=250|P7D] [BUDGET=0.01]
	@$(MAIN) prequential $(call flag,SPEC,spec) $(call flag,DATA,data) $(call flag,OUT,out) $(call flag,LEARNER,learner) $(call flag,DELAY,delay) $(call flag,WINDOW,window) $(call flag,BUDGET,budget)

.PHONY: export-online
export-online: setup ## write a model's online learner as an ONNX file: MODEL=name OUT=file.onnx [DATA=directory]
	@$(MAIN) export-online $(call flag,MODEL,model) $(call flag,OUT,out) $(call flag,DATA,data) $(call flag,CONFIG,config)

.PHONY: export-student
export-student: setup ## write the student of a version as an ONNX file: MODEL=name OUT=file.onnx [VERSION=n] [STRINGS=1]
	@$(MAIN) export-student $(call flag,MODEL,model) $(call flag,OUT,out) $(call flag,VERSION,version) $(if $(STRINGS),--strings) $(call flag,CONFIG,config)

.PHONY: backtest
backtest: setup ## replay a file under several policies and compare them: SPEC=model.yaml DATA=file.csv[.gz] OUT=dir [POLICIES=never,weekly] [TEACHER=name] [START=0.25] [WINDOW=P30D] [MISS_COST=10]
	@$(MAIN) backtest $(call flag,SPEC,spec) $(call flag,DATA,data) $(call flag,OUT,out) $(call flag,POLICIES,policies) $(call flag,TEACHER,teacher) $(call flag,START,start) $(call flag,WINDOW,window) $(call flag,ROWS,rows) $(call flag,MISS_COST,miss-cost)

.PHONY: backtests
backtests: setup ## back-test public histories and write docs/backtests/ [SETS=elec2,sba_loans_part]; about 20 minutes
	@node --expose-gc bench/main.ts --name backtests $(call flag,SETS,sets)

.PHONY: export-frame
export-frame: setup ## write a model's training frame as a file: MODEL=name OUT=file.frame [DATA=directory]
	@$(MAIN) export-frame $(call flag,MODEL,model) $(call flag,OUT,out) $(call flag,DATA,data) $(call flag,CONFIG,config)

.PHONY: train-frame
train-frame: setup ## train a teacher from a frame file: FRAME=file.frame OUT=dir [BACKEND=name] [REQUIRE_GPU=1]
	@$(MAIN) train-frame $(call flag,FRAME,frame) $(call flag,OUT,out) $(call flag,BACKEND,backend) $(if $(REQUIRE_GPU),--require-gpu)

.PHONY: frame
frame: setup ## cut a version's training frame again and compare its digest: MODEL=name VERSION=n [DATA=directory]
	@$(MAIN) frame $(call flag,MODEL,model) $(call flag,VERSION,version) $(call flag,DATA,data) $(call flag,CONFIG,config)

.PHONY: gpu-bundle
gpu-bundle: setup ## one archive that trains on a GPU box without network or Node: [OUT=perennial-gpu.tar.gz] [VULKAN=1]
	@OUT='$(OUT)' VULKAN='$(VULKAN)' bash app/gpu-bundle.sh

.PHONY: verify-native
verify-native: setup ## build the native binding and test training on it: TF_WHEEL=tensorflow wheel
	@TF_WHEEL='$(TF_WHEEL)' bash app/verify-native.sh

.PHONY: verify-webgpu
verify-webgpu: setup ## test training on WebGPU in software (SwiftShader of Debian's chromium)
	@bash app/verify-webgpu.sh

.PHONY: verify-gpu
verify-gpu: setup ## on a GPU machine: compare training with the CPU, print speed and use: [BACKEND=gpu|webgpu]
	@BACKEND='$(BACKEND)' bash app/verify-gpu.sh

.PHONY: train
train: setup ## train a teacher and its student now: MODEL=name [URL=http://...]
	@$(MAIN) train $(call flag,MODEL,model) $(call flag,URL,url)

.PHONY: distill
distill: setup ## distil a version's teacher again: MODEL=name [VERSION=n] [URL=http://...]
	@$(MAIN) distill $(call flag,MODEL,model) $(call flag,VERSION,version) $(call flag,URL,url)

.PHONY: promote
promote: setup ## move a channel: MODEL=name VERSION=n [CHANNEL=champion] [REASON=text] [OVERRIDE=1] [URL=http://...]
	@$(MAIN) promote $(call flag,MODEL,model) $(call flag,VERSION,version) $(call flag,CHANNEL,channel) $(call flag,REASON,reason) $(if $(OVERRIDE),--override) $(call flag,URL,url)

.PHONY: edge
edge: setup ## run an edge agent: MODEL=name [CHANNEL=edge-stable] [DIR=data/edge] [EDGE=name] [PORT=n] [POLL_SECONDS=n] [TRUST=key.pem] [GRACE=P7D] [URL=http://...] [KEY_FILE=data/api-key]
	@node edge/main.ts $(call flag,MODEL,model) $(call flag,CHANNEL,channel) $(call flag,DIR,dir) $(call flag,URL,url) $(call flag,PORT,port) $(call flag,EDGE,name) $(call flag,POLL_SECONDS,poll-seconds) $(call flag,TRUST,trust) $(call flag,GRACE,grace) $(call flag,KEY_FILE,key-file)

.PHONY: keys
keys: setup ## make signing keys, or sign a list of them: MAKE_PAIR=name [TYPE=p256], or ROOT=root.pem KEYS=a.pub.pem,b.pub.pem VERSION=n OUT=keys.json [EXPIRES=P365D]
	@$(MAIN) keys $(call flag,MAKE_PAIR,make) $(call flag,TYPE,type) $(call flag,ROOT,root) $(call flag,KEYS,keys) $(call flag,VERSION,version) $(call flag,EXPIRES,expires) $(call flag,OUT,out)

.PHONY: sign
sign: setup ## sign a version that has no trusted signature: MODEL=name VERSION=n [TENANT=name]
	@$(MAIN) sign $(call flag,MODEL,model) $(call flag,VERSION,version) $(call flag,TENANT,tenant) $(call flag,CONFIG,config)

.PHONY: retain
retain: setup ## let go of bytes that the rules of retention do not keep: [DRY_RUN=1] (PERENNIAL_RETENTION_DAYS=n turns it on)
	@$(MAIN) retain $(if $(DRY_RUN),--dry-run) $(call flag,CONFIG,config)

.PHONY: dashboards
dashboards: setup ## the Grafana dashboard and the Prometheus rules as files: OUT=dir
	@$(MAIN) dashboards $(call flag,OUT,out)

.PHONY: screens
screens: setup ## pictures of every page of the console, with a sample fleet: [OUT=docs/screens] (needs chromium and a Chinese font)
	@node tests/screens.ts $(OUT)

.PHONY: test
test: setup check lint ## type check, lint, tests; the last line says N passed, N failed
	@node tests/run.ts $(FILES)

.PHONY: check
check: setup ## type check
	@tsc -p tsconfig.json && tsc -p api/console/tsconfig.json

.PHONY: lint
lint: setup ## lint, and check that the code is formatted
	@oxlint --type-aware --deny-warnings
	@oxfmt --check . || { echo 'make format puts that right'; exit 1; }

.PHONY: format
format: setup ## format the code
	@oxfmt .

.PHONY: coverage
coverage: setup ## tests with line coverage
	@c8 --reporter=text-summary --reporter=html node tests/run.ts

.PHONY: bench
bench: setup ## run a benchmark: NAME=loop, online, log, frames, teacher, train, edge, int8, monitor, registry, sequential, serve, fuzz, tiers, cache, shadow, maturity or alarms [SETS=uci,noaa] [SEEDS=3] [TEACHERS=auto] [JOBS=1] [EFFORT=quick]; prints a table and, last, one line of JSON
	@node --expose-gc bench/main.ts $(call flag,NAME,name) $(call flag,SETS,sets) $(call flag,SEEDS,seeds) $(call flag,TEACHERS,teachers) $(call flag,JOBS,jobs) $(call flag,RESULTS,results) $(call flag,STALE,stale) $(call flag,EFFORT,effort) $(call flag,EVENTS,events) $(call flag,FRAMES,frames)

.PHONY: clean
clean: ## forget the data (never the tools)
	@rm -rf data
