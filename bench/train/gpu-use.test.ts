import {existsSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {withGpuUse} from './gpu-use.ts';

const hasGpu = (process.env['PATH'] ?? '').split(':').some(folder => existsSync(path.join(folder, 'nvidia-smi')));

test('the work is done with or without a GPU to watch, and its use is a share', async t => {
	const {result, use} = await withGpuUse(async () => sleep(500, 'done'));
	t.is(result, 'done');
	t.true(hasGpu ? use === undefined || (use >= 0 && use <= 1) : use === undefined);
});

test('what fails in the work fails outside', async t => {
	await t.throwsAsync(
		withGpuUse(async () => Promise.reject(new RangeError('no'))),
		{instanceOf: RangeError},
	);
});
