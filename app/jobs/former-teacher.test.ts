/** What a warm training goes on from: the champion's weights, or a reason why there is nothing. */
import test from 'ava';
import {encodeTeacher, PerennialError, type BoostedTrees, type Digest, type Manifest} from '../../core/domain/index.ts';
import {formerTeacherOf} from './former-teacher.ts';

const model: BoostedTrees = {kind: 'boosted-trees', numeric: ['a'], categorical: [], base: Float64Array.of(1), trees: [], outputCount: 1};
const DIGEST: Digest = `sha256:${'1'.repeat(64)}`;

/** As far as it is looked at. */
const championWith = (roles: readonly ('student' | 'teacher-weights')[], learntUntil: number | null): Manifest =>
	({
		version: 4,
		metrics: {learntUntil},
		blobs: roles.map(role => ({role, mediaType: 'x', digest: DIGEST, sizeBytes: 1})),
	}) as unknown as Manifest;

const registryOf = (bytes: Uint8Array): {getBlob(digest: Digest): Promise<Uint8Array>} => ({getBlob: async () => Promise.resolve(bytes)});

test('the champion that has weights is gone on from; where there is nothing, the reason is said', async t => {
	const champion = championWith(['student', 'teacher-weights'], 1000);
	const registry = registryOf(encodeTeacher(model)) as Parameters<typeof formerTeacherOf>[0];
	t.is(await formerTeacherOf(registry, champion, {warmStart: 'never'}), undefined);
	t.deepEqual(await formerTeacherOf(registry, champion, {warmStart: 'auto'}), {
		policy: 'auto',
		former: {model, name: 'version 4', learntUntil: 1000},
	});
	t.deepEqual(await formerTeacherOf(registry, undefined, {warmStart: 'always'}), {unavailable: 'there is no champion to go on from'});
	const unavailable = {unavailable: 'version 4 was made without the weights of its teacher'};
	t.deepEqual(await formerTeacherOf(registry, championWith(['student'], 1000), {warmStart: 'always'}), unavailable);
	t.deepEqual(await formerTeacherOf(registry, championWith(['teacher-weights'], null), {warmStart: 'always'}), unavailable);
});

test('weights of another layout are a start from scratch; weights that do not come are an error', async t => {
	const champion = championWith(['teacher-weights'], 1000);
	const other = registryOf(Buffer.from('perennial-teach9')) as Parameters<typeof formerTeacherOf>[0];
	const found = await formerTeacherOf(other, champion, {warmStart: 'auto'});
	t.regex(found && 'unavailable' in found ? found.unavailable : '', /no teacher that this version reads/v);
	const changed = encodeTeacher(model).slice();
	changed[30]! ^= 1;
	const broken = registryOf(changed) as Parameters<typeof formerTeacherOf>[0];
	await t.throwsAsync(formerTeacherOf(broken, champion, {warmStart: 'auto'}), {
		instanceOf: PerennialError,
		code: 'ARTIFACT_DIGEST_MISMATCH',
	});
});
