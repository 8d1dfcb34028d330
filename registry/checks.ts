/**
 * Laws that every object store obeys; a new store is tested by being listed in object-stores.test.ts.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode, type ObjectStore} from '../core/domain/index.ts';

/** Checks one law within a folder of keys that nobody else uses. */
export type ObjectStoreLaw = (store: ObjectStore, folder: string) => Promise<void>;

const RACERS = 20;
const LARGE_BYTES = 8 * 2 ** 20;
const BAD_KEYS = [
	'',
	'/',
	'/absolute',
	'a/',
	'a//b',
	'.',
	'..',
	'../a',
	'a/../b',
	'a/./b',
	'a b',
	'a\\b',
	'a\0b',
	'é',
	'a%2fb',
	'a*',
	'a?b',
	'x'.repeat(1000),
	`a/${'x'.repeat(201)}`,
];

const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Name of a law -> its check. Each rejects with an AssertionError if the law does not hold. */
export const OBJECT_STORE_LAWS: Readonly<Record<string, ObjectStoreLaw>> = {
	async 'gives back every byte value, exactly'(store, folder) {
		const bytes = Uint8Array.from({length: 1024}, (_, index) => (index * 7 + (index >> 8)) % 256);
		await store.put(`${folder}/bytes`, bytes);
		assert.deepEqual(Buffer.from((await store.get(`${folder}/bytes`))!), Buffer.from(bytes));
		assert.deepEqual(await store.head(`${folder}/bytes`), {key: `${folder}/bytes`, sizeBytes: 1024});
	},
	async 'keeps an empty object'(store, folder) {
		await store.put(`${folder}/empty`, new Uint8Array());
		assert.equal((await store.get(`${folder}/empty`))?.length, 0);
		assert.equal((await store.head(`${folder}/empty`))?.sizeBytes, 0);
	},
	async 'keeps its own copy of what was put and given'(store, folder) {
		const bytes = bytesOfText('abc');
		await store.put(`${folder}/copy`, bytes);
		bytes.fill(0);
		(await store.get(`${folder}/copy`))!.fill(0);
		assert.deepEqual(Buffer.from((await store.get(`${folder}/copy`))!), Buffer.from('abc'));
	},
	async 'knows what is absent'(store, folder) {
		await store.put(`${folder}/there/below`, bytesOfText('x'));
		for (const key of [`${folder}/nothing`, `${folder}/there`, `${folder}/there/below/that`, `${folder}/not/even/a/folder`]) {
			assert.equal(await store.get(key), undefined);
			assert.equal(await store.head(key), undefined);
			await store.delete(key);
		}

		assert.deepEqual(await store.list(`${folder}/no`), []);
		assert.deepEqual(await store.list(folder), [`${folder}/there/below`]);
	},
	async overwrites(store, folder) {
		await store.put(`${folder}/object`, bytesOfText('a longer first value'));
		await store.put(`${folder}/object`, bytesOfText('second'));
		assert.deepEqual(Buffer.from((await store.get(`${folder}/object`))!), Buffer.from('second'));
		assert.deepEqual(await store.list(`${folder}/`), [`${folder}/object`]);
	},
	async 'deletes, and once more without an error'(store, folder) {
		await store.put(`${folder}/object`, bytesOfText('x'));
		await store.delete(`${folder}/object`);
		await store.delete(`${folder}/object`);
		assert.equal(await store.get(`${folder}/object`), undefined);
		assert.deepEqual(await store.list(`${folder}/`), []);
		await store.put(`${folder}/object`, bytesOfText('y'), {ifAbsent: true});
	},
	async 'lists in code unit order, by prefixes that may end within a name'(store, folder) {
		const names = ['b/2', 'b/10', 'a', 'B', 'b-1', 'b.c', 'bb/x', 'b=1/z', 'b_0'];
		await Promise.all(names.map(name => store.put(`${folder}/${name}`, bytesOfText(name))));
		const keysOf = (prefix: string): string[] =>
			names
				.filter(name => name.startsWith(prefix))
				.map(name => `${folder}/${name}`)
				.toSorted();
		for (const prefix of ['', 'b', 'b/', 'b/1', 'bb/x', 'bb/x/', 'c']) {
			assert.deepEqual(await store.list(`${folder}/${prefix}`), keysOf(prefix), prefix);
		}
	},
	async 'refuses to create what exists, and leaves it as it is'(store, folder) {
		await store.put(`${folder}/object`, bytesOfText('first'), {ifAbsent: true});
		await assert.rejects(store.put(`${folder}/object`, bytesOfText('second'), {ifAbsent: true}), error =>
			hasCode(error, 'OBJECT_EXISTS'),
		);
		assert.deepEqual(Buffer.from((await store.get(`${folder}/object`))!), Buffer.from('first'));
	},
	async 'has exactly one winner of 20 who create at once'(store, folder) {
		const outcomes = await Promise.allSettled(
			Array.from({length: RACERS}, (_, racer) => store.put(`${folder}/race`, bytesOfText(`racer ${racer}`), {ifAbsent: true})),
		);
		const winners = outcomes.flatMap(({status}, racer) => (status === 'fulfilled' ? [racer] : []));
		assert.equal(winners.length, 1);
		assert(outcomes.every(outcome => outcome.status === 'fulfilled' || hasCode(outcome.reason, 'OBJECT_EXISTS')));
		assert.deepEqual(Buffer.from((await store.get(`${folder}/race`))!), Buffer.from(`racer ${winners[0]}`));
	},
	async 'carries a large object'(store, folder) {
		const bytes = new Uint8Array(LARGE_BYTES);
		for (let index = 0, state = 1; index < bytes.length; index++) {
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
			bytes[index] = state >>> 24;
		}

		await store.put(`${folder}/large`, bytes);
		assert.equal((await store.head(`${folder}/large`))?.sizeBytes, LARGE_BYTES);
		assert(Buffer.from(bytes).equals((await store.get(`${folder}/large`))!));
	},
	async 'refuses keys that could leave the store or read differently elsewhere'(store) {
		for (const key of BAD_KEYS) {
			const [put, create] = [false, true].map(ifAbsent => () => store.put(key, new Uint8Array(1), {ifAbsent}));
			for (const access of [put!, create!, () => store.get(key), () => store.head(key), () => store.delete(key)]) {
				await assert.rejects(access, error => hasCode(error, 'PARAMETER_INVALID'), JSON.stringify(key));
			}
		}

		for (const prefix of ['/', '../', 'a/../', 'a//', 'a b']) {
			await assert.rejects(store.list(prefix), error => hasCode(error, 'PARAMETER_INVALID'), prefix);
		}
	},
};
