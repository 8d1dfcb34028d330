/**
 * Runs AVA and closes with the line that CI and people look for: `N passed, N failed`.
 *
 * A file that fails to load counts as one failure, a skipped test as neither. Files that drive a browser or kill processes run after the others, one
 * at a time: what they wait for comes late on a machine that is busy with the rest.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {globSync} from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const root = path.join(import.meta.dirname, '..');
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.tools', 'data', '.git']);
const ava = path.join(root, 'node_modules/ava/entrypoints/cli.js');
/** Run last, and alone. */
const ALONE = ['api/console/console.test.ts', 'tests/jobs.test.ts', 'tests/kill.test.ts', 'tests/loop.test.ts'];
const asked = process.argv.slice(2);
const others = (): string[] =>
	globSync('**/*.test.ts', {cwd: root, exclude: name => SKIPPED.has(name)}).filter(file => !ALONE.includes(file));
const runs = asked.length > 0 ? [asked] : [others(), ...ALONE.map(file => [file])];

let passed = 0;
let skipped = 0;
const failed = new Set<string>();
let detail = false;
let exitCode = 0;
for (const files of runs) {
	exitCode = Math.max(exitCode, await runFiles(files));
}

async function runFiles(files: readonly string[]): Promise<number> {
	const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ava, '--tap', ...files], {
		cwd: root,
		stdio: ['inherit', 'pipe', 'inherit'],
	});
	const closed = once(child, 'close');
	for await (const line of readline.createInterface({input: child.stdout})) {
		take(line);
	}

	const [code] = (await closed) as [number | null];
	return code ?? 1;
}

/** Count a line of TAP, and print what is worth it. */
function take(line: string): void {
	const result = /^(?<not>not )?ok \d+(?: - )?(?<name>.*?)(?<directive> # (?:SKIP|TODO).*)?$/v.exec(line);
	if (!result) {
		// TAP's diagnostics, and what the test has logged, are worth printing only below a failure.
		detail &&= /^(?:\s|#|$)/v.test(line);
		if (detail || line.startsWith('Bail out')) {
			console.log(line);
		}

		return;
	}

	const {not, name, directive} = result.groups as {not?: string; name: string; directive?: string};
	detail = not !== undefined && directive === undefined;
	if (directive !== undefined) {
		skipped++;
		console.log(line);
	} else if (detail) {
		// AVA reports a file that does not load twice: as an exception, and as a file without tests.
		failed.add(
			/^(?<file>\S+\.test\.ts) exited|^No tests found in (?<bare>\S+)/v.exec(name)?.[0].replace(/^No tests found in /v, '') ?? name,
		);
		console.log(line);
	} else {
		passed++;
		console.log(line);
	}
}

const failures = Math.max(failed.size, exitCode === 0 ? 0 : 1);
if (skipped > 0) {
	console.log(`\n${skipped} skipped, each with its reason above`);
}

console.log(`\n${passed} passed, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
