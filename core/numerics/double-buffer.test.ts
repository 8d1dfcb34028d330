/** A reader never sees half a publication: by interleavings made by hand, and by a thread that reads as fast as it can. */
import {Worker} from 'node:worker_threads';
import test from 'ava';
import {DoubleBuffer, doubleBufferBytes} from './double-buffer.ts';

const bufferOf = (length: number): DoubleBuffer => new DoubleBuffer(new SharedArrayBuffer(doubleBufferBytes(length)), length);
const filled = (length: number, value: number): Float64Array => new Float64Array(length).fill(value);

test('a read that two publications overtake is done again; one that a single publication overtakes is not', t => {
	for (const [publications, expected] of [
		[0, [1]],
		[1, [1]],
		[2, [1, 3]],
		[3, [1, 4]],
	] as const) {
		const buffer = bufferOf(1);
		buffer.publish(filled(1, 1));
		const seen: number[] = [];
		const last = buffer.read(values => {
			seen.push(values[0]!);
			if (seen.length === 1) {
				for (let publication = 0; publication < publications; publication++) {
					buffer.publish(filled(1, 2 + publication));
				}
			}

			return seen.at(-1)!;
		});
		t.deepEqual(seen, [...expected], `${publications} publications`);
		t.is(last, expected.at(-1)!);
	}
});

test('a publication that was begun and not finished spoils the slot it goes into, and only that', t => {
	const buffer = bufferOf(1);
	buffer.publish(filled(1, 1));
	buffer.publish(filled(1, 2));
	const started = new Int32Array(buffer.memory, 0, 2);
	Atomics.store(started, 1, 3);
	t.is(
		buffer.read(values => values[0]!),
		2,
		'version 3 goes into the other slot',
	);
	Atomics.store(started, 1, 4);
	t.throws(() => buffer.read(values => values[0]!), {message: /two more publications/v}, 'version 4 goes into this one');
});

test('an error from a read that was overtaken is dropped with its result; any other one is thrown', t => {
	const buffer = bufferOf(1);
	buffer.publish(filled(1, 1));
	const read = (): number =>
		buffer.read(values => {
			if (values[0] === 1) {
				buffer.publish(filled(1, 2));
				buffer.publish(filled(1, 3));
				throw new RangeError('a mix of numbers');
			}

			return values[0]!;
		});
	t.is(read(), 3);
	t.throws(
		() =>
			buffer.read(() => {
				throw new RangeError('a bug');
			}),
		{message: 'a bug'},
	);
});

test('a prefix can be published, more than fits cannot, and a refused publication changes nothing', t => {
	const buffer = bufferOf(3);
	buffer.publish(Float64Array.of(1, 2, 3));
	buffer.publish(Float64Array.of(4, 5));
	t.deepEqual(
		buffer.read(values => [...values.subarray(0, 2)]),
		[4, 5],
	);
	t.throws(() => buffer.publish(filled(4, 9)), {message: /4 numbers do not fit into a buffer of 3/v});
	t.is(buffer.version, 2);
	t.deepEqual(
		buffer.read(values => [...values.subarray(0, 2)]),
		[4, 5],
	);
});

test('the version runs on past 2^31 and past 2^32, where it never says that nothing was published', t => {
	for (const start of [2 ** 31 - 2, 2 ** 32 - 2]) {
		const buffer = bufferOf(1);
		const words = new Int32Array(buffer.memory, 0, 2);
		words.fill(start | 0);
		for (let value = 0; value < 6; value++) {
			buffer.publish(filled(1, value));
			t.is(
				buffer.read(values => values[0]!),
				value,
			);
			t.true(buffer.version > 0);
		}
	}
});

const READER = `
	import {parentPort, workerData} from 'node:worker_threads';
	const {DoubleBuffer} = await import(workerData.module);
	const buffer = new DoubleBuffer(workerData.memory, workerData.length);
	const stop = new Int32Array(workerData.stop);
	let reads = 0, torn = 0, tries = 0, newest = 0, backwards = 0;
	parentPort.postMessage('ready');
	while (Atomics.load(stop, 0) === 0) {
		const low = buffer.read(values => {
			tries++;
			const first = values[0];
			for (let index = 1; index < values.length; index++) {
				if (values[index] !== first) return Number.NaN;
			}
			return first;
		});
		reads++;
		if (Number.isNaN(low)) torn++;
		else if (low < newest) backwards++;
		else newest = low;
	}
	parentPort.postMessage({reads, torn, tries, backwards});
`;

interface Findings {
	readonly reads: number;
	readonly torn: number;
	readonly tries: number;
	readonly backwards: number;
}

test('a thread that reads while another publishes without pause sees no torn and no older numbers', async t => {
	const length = 64;
	const buffer = bufferOf(length);
	buffer.publish(filled(length, 1));
	const stop = new SharedArrayBuffer(4);
	const module = new URL('double-buffer.ts', import.meta.url).href;
	const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(READER)}`), {
		workerData: {module, memory: buffer.memory, length, stop},
	});
	const findings = new Promise<Findings>((resolve, reject) => {
		worker.once('error', reject);
		worker.on('message', (message: Findings | 'ready') => {
			if (message !== 'ready') {
				resolve(message);
			} else {
				const until = performance.now() + 400;
				const values = new Float64Array(length);
				for (let version = 2; performance.now() < until; version++) {
					buffer.publish(values.fill(version));
				}

				Atomics.store(new Int32Array(stop), 0, 1);
			}
		});
	});
	const {reads, torn, tries, backwards} = await findings;
	await worker.terminate();
	t.true(reads > 1000, `${reads} reads`);
	t.true(tries > reads, 'the test is worth something only if reads were overtaken');
	t.is(torn, 0);
	t.is(backwards, 0);
});
