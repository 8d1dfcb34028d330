/**
 * Runs AVA and closes with the line that CI and people look for: `N passed, N failed`.
 *
 * A file that fails to load counts as one failure, a skipped test as neither. Files that drive a browser or kill processes run after the others, one
 * at a time: what they wait for comes late on a machine that is busy with the rest. A file with failures is run once more, alone, and named at the end
 * where it then passes: a test that holds only on an idle machine should be seen and mended, and should not hide whether the product holds.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {globSync} from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

/** What one run of AVA came to. */
interface Tally {
	passed: number;
	skipped: number;
	/** Titles of tests, or names of files that do not load. */
	readonly failed: Set<string>;
	exitCode: number;
}

const root = path.join(import.meta.dirname, '..');
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.tools', 'data', '.git']);
const ava = path.join(root, 'node_modules/ava/entrypoints/cli.js');
/** Run last, and alone. */
const ALONE = ['api/console/console.test.ts', 'tests/jobs.test.ts', 'tests/kill.test.ts', 'tests/loop.test.ts'];
/** More files than this with failures are no matter of a busy machine, and are not run again. */
const SECOND_TRIES_MAX = 5;

const asked = process.argv.slice(2);
const everything = globSync('**/*.test.ts', {cwd: root, exclude: name => SKIPPED.has(name)});
const runs = asked.length > 0 ? [asked] : [everything.filter(file => !ALONE.includes(file)), ...ALONE.map(file => [file])];
const tallies: Tally[] = [];
const secondTries: string[] = [];
for (const files of runs) {
	const tally = await runFiles(files);
	tallies.push(tally);
	if (asked.length === 0) {
		await tryAgain(tally, files);
	}
}

report();

async function runFiles(files: readonly string[]): Promise<Tally> {
	const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ava, '--tap', ...files], {
		cwd: root,
		stdio: ['inherit', 'pipe', 'inherit'],
	});
	const closed = once(child, 'close');
	const tally: Tally = {passed: 0, skipped: 0, failed: new Set(), exitCode: 0};
	let detail = false;
	for await (const line of readline.createInterface({input: child.stdout})) {
		detail = take(line, tally, detail);
	}

	const [code] = (await closed) as [number | null];
	tally.exitCode = code ?? 1;
	return tally;
}

/**
 * Count a line of TAP, and print what is worth it.
 *
 * @returns Whether the lines that follow are details of a failure.
 */
function take(line: string, tally: Tally, detail: boolean): boolean {
	const result = /^(?<not>not )?ok \d+(?: - )?(?<name>.*?)(?<directive> # (?:SKIP|TODO).*)?$/v.exec(line);
	if (!result) {
		// TAP's diagnostics, and what the test has logged, are worth printing only below a failure.
		const isDetail = detail && /^(?:\s|#|$)/v.test(line);
		if (isDetail || line.startsWith('Bail out')) {
			console.log(line);
		}

		return isDetail;
	}

	const {not, name, directive} = result.groups as {not?: string; name: string; directive?: string};
	console.log(line);
	if (directive !== undefined) {
		tally.skipped++;
		return false;
	}

	if (not === undefined) {
		tally.passed++;
		return false;
	}

	// AVA reports a file that does not load twice: as an exception, and as a file without tests.
	const {file, bare} = /^(?<file>\S+\.test\.ts) exited|^No tests found in (?<bare>\S+\.test\.ts)/v.exec(name)?.groups ?? {};
	tally.failed.add(file ?? bare ?? name);
	return true;
}

/** Run the files of failed tests once more, alone; where all of a file holds then, its tests have passed. */
async function tryAgain(tally: Tally, files: readonly string[]): Promise<void> {
	const titlesOf = new Map<string, string[]>();
	const ended = files.filter(file => tally.failed.has(file));
	for (const title of tally.failed) {
		const named = files.length === 1 ? files[0] : files.find(file => title === file || title.startsWith(titlePrefixOf(file)));
		// What no test caught bears no name: it can only come from a file that ended by it.
		const file = named ?? (ended.length === 1 ? ended[0] : undefined);
		if (file === undefined) {
			return;
		}

		titlesOf.set(file, [...(titlesOf.get(file) ?? []), title]);
	}

	if (titlesOf.size > SECOND_TRIES_MAX) {
		return;
	}

	for (const [file, titles] of titlesOf) {
		console.log(`\n# ${file} once more, alone`);
		const second = await runFiles([file]);
		if (second.exitCode === 0) {
			secondTries.push(...titles);
			tally.passed += titles.length;
			titles.forEach(title => tally.failed.delete(title));
		}
	}

	if (titlesOf.size > 0 && tally.failed.size === 0) {
		tally.exitCode = 0;
	}
}

/** What AVA puts before the titles of a file's tests where it runs several files. */
function titlePrefixOf(file: string): string {
	return `${file.replace(/\.test\.ts$/v, '').replaceAll('/', ' › ')} › `;
}

function report(): void {
	const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
	const skipped = sum(tally => tally.skipped);
	if (skipped > 0) {
		console.log(`\n${skipped} skipped, each with its reason above`);
	}

	if (secondTries.length > 0) {
		console.log(`\n${secondTries.length} failed beside the others and passed when run again alone:\n${secondTries.join('\n')}`);
	}

	const failures = sum(tally => Math.max(tally.failed.size, tally.exitCode === 0 ? 0 : 1));
	console.log(`\n${sum(tally => tally.passed)} passed, ${failures} failed`);
	process.exitCode = failures > 0 ? 1 : 0;
}
