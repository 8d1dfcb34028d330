/** A stream that tells of moves: what counts as one, and what happens when it breaks, falls silent or is not to be had. */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {MemoryLogger} from '../core/domain/index.ts';
import {followStream} from './channel-stream.ts';

const BACKOFF = {baseMs: 1, capMs: 2};
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Gives what each opening is told to, one after another; the last is given again and again. */
function opener(openings: readonly ((signal: AbortSignal) => AsyncIterable<Uint8Array>)[]): {
	readonly open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
	readonly opened: () => number;
} {
	let opened = 0;
	return {
		open: async signal => openings[Math.min(opened++, openings.length - 1)]!(signal),
		opened: () => opened,
	};
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
	for (const text of texts) {
		await sleep(0);
		yield bytes(text);
	}
}

async function* silence(signal: AbortSignal): AsyncGenerator<Uint8Array> {
	await sleep(60_000, undefined, {signal});
	yield bytes('');
}

test('each move, and each beginning, is told once, however its bytes are cut; other lines are none; a stream that ends is opened again', async t => {
	const stopping = new AbortController();
	let moves = 0;
	const {open, opened} = opener([
		() => chunks(': open\n\nevent: cha', 'nnel\ndata: {"event: channel": 1}\n\nevent: ch', 'annel\n\n', ': still here\n\n'),
		() => chunks(': open\n\n', 'event: reset\n\n', 'event: channel\n\n'),
		silence,
	]);
	await followStream({
		open,
		onMove() {
			moves++;
			if (moves === 5) {
				setTimeout(() => stopping.abort(), 5);
			}
		},
		signal: stopping.signal,
		logger: new MemoryLogger(),
		rng: () => 0.5,
		backoff: BACKOFF,
	});
	t.is(moves, 5);
	t.true(opened() >= 2);
});

test('a stream on which nothing comes is given up and opened again; so is one that cannot be had', async t => {
	const stopping = new AbortController();
	const {open, opened} = opener([
		silence,
		() => {
			throw new Error('404');
		},
		() => chunks('event: channel\n\n'),
	]);
	await followStream({
		open,
		onMove() {
			stopping.abort();
		},
		signal: stopping.signal,
		logger: new MemoryLogger(),
		rng: () => 0.5,
		silenceMs: 20,
		backoff: BACKOFF,
	});
	t.is(opened(), 3);
});

test('stopping ends it at once', async t => {
	const stopping = new AbortController();
	const following = followStream({
		open: opener([silence]).open,
		onMove() {
			t.fail('nothing moved');
		},
		signal: stopping.signal,
		logger: new MemoryLogger(),
		rng: () => 0.5,
	});
	await sleep(5);
	stopping.abort();
	await following;
	t.pass();
});
