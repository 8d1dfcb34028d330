/**
 * Training speed: samples a CPU-second of a network of 200-512-256-64-1 at batches of 1,024, one thread, on every backend that starts here, beside
 * PyTorch where python3-torch is. Each timing is a process of its own; the rounds are interleaved and the middle one counts.
 *
 * On a GPU samples a second of the clock count, and how busy nvidia-smi says it was.
 *
 * @module
 */
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import type {TensorFlowKind} from '../core/runtimes/index.ts';
import {median, notRun, row, type BenchDefinition, type BenchRow} from './bench.ts';
import {withGpuUse} from './train/gpu-use.ts';
import type {TrainingSpeed, TrainingWay} from './train/shape.ts';

const run = promisify(execFile);
const HERE = path.join(import.meta.dirname, 'train');
/** Where `make setup-gpu` and `make verify-native` leave the optional packages. */
const DIRECTORIES = ['gpu', 'native', 'webgpu'].map(name => path.join(import.meta.dirname, '../.tools', name));
const ROUNDS = 3;
/** Interpreters that may have torch: the one in front, and the system's. */
const PYTHONS = ['python3', '/usr/bin/python3'];

interface Subject {
	readonly name: string;
	readonly bar?: string;
	measure(): Promise<TrainingSpeed | {readonly notRun: string}>;
}

const onCpu = (backend: TensorFlowKind, way: TrainingWay, bar?: string): Subject => ({
	name: `${backend}.${way}`,
	measure: async () => measure(backend, way),
	...(bar !== undefined && {bar}),
});

const CPU_SUBJECTS: readonly Subject[] = [
	onCpu('wasm', 'step', '>= 10000'),
	onCpu('wasm', 'fitter', '>= 10000'),
	onCpu('node', 'step', '>= 33000'),
	onCpu('node', 'fitter', '>= 33000'),
	{name: 'torch.step', measure: measureTorch},
];

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'train',
	summary: 'training speed of a network on every backend that starts here, beside PyTorch; takes two minutes',
	async run({progress}) {
		const rates = new Map<string, number[]>();
		const reasons = new Map<string, string>();
		for (let round = 1; round <= ROUNDS; round++) {
			for (const {name, measure: time} of CPU_SUBJECTS.filter(subject => !reasons.has(subject.name))) {
				progress(`round ${round} of ${ROUNDS}: ${name}`);
				const speed = await time();
				if ('notRun' in speed) {
					reasons.set(name, speed.notRun);
				} else {
					rates.set(name, [...(rates.get(name) ?? []), speed.samples / speed.cpuSeconds]);
				}
			}
		}

		const rows: BenchRow[] = CPU_SUBJECTS.map(({name, bar}) => {
			const measured = rates.get(name);
			const title = `train.${name}.samples_per_cpu_second`;
			return measured ? row(title, median(measured), 'perSecond', bar) : notRun(title, 'perSecond', reasons.get(name)!);
		});
		return [...rows, ...ratios(rates), ...(await gpuRows('gpu', progress)), ...(await gpuRows('webgpu', progress))];
	},
};

/** Against PyTorch, round by round, so that what slows the machine slows both. */
function ratios(rates: ReadonlyMap<string, readonly number[]>): BenchRow[] {
	const yardstick = rates.get('torch.step');
	return ['wasm.step', 'wasm.fitter', 'node.step', 'node.fitter'].flatMap(name => {
		const measured = rates.get(name);
		return measured && yardstick
			? [row(`train.${name}.of_torch`, median(measured.map((rate, round) => rate / yardstick[round]!)), 'ratio')]
			: [];
	});
}

async function gpuRows(backend: 'gpu' | 'webgpu', progress: (line: string) => void): Promise<BenchRow[]> {
	const rows: BenchRow[] = [];
	for (const way of ['step', 'fitter'] as const) {
		progress(`${backend}.${way}`);
		const {result, use} = await withGpuUse(async () => measure(backend, way));
		const title = `train.${backend}.${way}`;
		if ('notRun' in result) {
			rows.push(notRun(`${title}.samples_per_second`, 'perSecond', result.notRun));
		} else {
			rows.push({...row(`${title}.samples_per_second`, result.samples / result.wallSeconds, 'perSecond'), note: result.device});
			rows.push(...(use === undefined ? [] : [row(`${title}.utilisation`, use, 'ratio')]));
		}
	}

	return rows;
}

async function measure(backend: TensorFlowKind, way: TrainingWay): Promise<TrainingSpeed | {notRun: string}> {
	const threads = backend === 'node' ? {TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1'} : {};
	const {stdout} = await run(
		process.execPath,
		['--disable-warning=ExperimentalWarning', path.join(HERE, 'measure-training.ts'), backend, way, ...DIRECTORIES],
		{env: {TF_CPP_MIN_LOG_LEVEL: '3', ...process.env, ...threads}},
	);
	return lastLine(stdout);
}

async function measureTorch(): Promise<TrainingSpeed | {notRun: string}> {
	let answer: TrainingSpeed | {notRun: string} = {notRun: 'there is no python3'};
	for (const python of PYTHONS) {
		try {
			const {stdout} = await run(python, [path.join(HERE, 'torch-mlp.py')]);
			answer = lastLine(stdout);
		} catch (error) {
			answer = {notRun: error instanceof Error ? error.message.split('\n', 1)[0]! : String(error)};
		}

		if (!('notRun' in answer)) {
			break;
		}
	}

	return answer;
}

function lastLine(text: string): TrainingSpeed | {notRun: string} {
	return JSON.parse(text.trim().split('\n').at(-1)!) as TrainingSpeed | {notRun: string};
}
