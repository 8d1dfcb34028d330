/** Which versions are loaded: the champion, the first one, and the newest expert, accepted or not. */
import test from 'ava';
import {MemoryLogger, type ChannelMove, type Manifest} from '../core/domain/index.ts';
import type {Deployment} from './deployment.ts';
import {DeploymentSet} from './deployment-set.ts';

/** A registry with versions 1 to `count`, and a loader that notes what is open. */
function worldOf(
	count: number,
	experts: readonly number[],
): {
	readonly set: DeploymentSet;
	readonly open: Set<string>;
	readonly logger: MemoryLogger;
	champion: number | undefined;
	experts: readonly number[];
	count: number;
	broken: number | undefined;
} {
	const open = new Set<string>();
	const logger = new MemoryLogger();
	const world = {open, logger, champion: undefined as number | undefined, experts, count, broken: undefined as number | undefined};
	const set = new DeploymentSet({
		model: 'm',
		logger,
		channels: {
			currentOf: async () =>
				world.champion === undefined ? undefined : ({version: world.champion, at: '2026-01-01T00:00:00.000Z'} as ChannelMove),
			versionNumbers: async () => Array.from({length: world.count}, (_, index) => index + 1),
			hasExpert: async (_, version) => world.experts.includes(version),
		},
		async load(version, roles): Promise<Deployment> {
			if (version === world.broken) {
				throw new Error('damaged');
			}

			const name = `${version} ${roles.join('+')}`;
			open.add(name);
			return {
				version,
				manifest: {version} as Manifest,
				scorer: () => async () => new Float32Array(0),
				encoder: () => () => ({rowCount: 0, numeric: new Float32Array(0), categorical: new BigInt64Array(0)}),
				async close() {
					open.delete(name);
				},
			};
		},
	});
	return Object.assign(world, {set});
}

test('the newest expert is heard, whether or not its version was accepted, and the one before is freed', async t => {
	const world = worldOf(3, [1, 2, 3]);
	world.champion = 1;
	await world.set.refresh();
	t.is(world.set.champion?.version, 1);
	t.is(world.set.expert?.version, 3);
	t.deepEqual([...world.open].toSorted(), ['1 student+teacher', '1 teacher', '3 expert']);
	world.count = 4;
	world.experts = [1, 2, 3, 4];
	await world.set.refresh();
	t.is(world.set.expert?.version, 4);
	t.deepEqual([...world.open].toSorted(), ['1 student+teacher', '1 teacher', '4 expert']);
	await world.set.close();
	t.is(world.open.size, 0);
	t.is(world.set.expert, undefined);
});

test('before the first promotion the expert of a refused version is heard', async t => {
	const world = worldOf(1, [1]);
	await world.set.refresh();
	t.is(world.set.champion, undefined);
	t.is(world.set.expert?.version, 1);
});

test('an expert older than the champion is not heard: a champion without one speaks for itself', async t => {
	const world = worldOf(2, [1]);
	world.champion = 1;
	await world.set.refresh();
	t.is(world.set.expert?.version, 1, 'version 2, distilled again, brought none');
	world.champion = 2;
	await world.set.refresh();
	t.is(world.set.expert, undefined);
	t.false([...world.open].some(name => name.endsWith('expert')));
});

test('an expert that cannot be loaded is logged, and the one before is heard on', async t => {
	const world = worldOf(2, [1, 2]);
	world.count = 1;
	world.champion = 1;
	await world.set.refresh();
	world.count = 2;
	world.broken = 2;
	await world.set.refresh();
	t.is(world.set.expert?.version, 1);
	t.true(world.logger.lines.some(({level}) => level === 'error'));
});
