/**
 * Runs AVA and closes with the line that CI and people look for: `N passed, N failed`.
 *
 * A file that fails to load counts as one failure, a skipped test as neither.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import readline from 'node:readline';

const root = path.join(import.meta.dirname, '..');
const ava = path.join(root, 'node_modules/ava/entrypoints/cli.js');
const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ava, '--tap', ...process.argv.slice(2)], {
	cwd: root,
	stdio: ['inherit', 'pipe', 'inherit'],
});
const closed = once(child, 'close');

let passed = 0;
let skipped = 0;
const failed = new Set<string>();
let detail = false;
for await (const line of readline.createInterface({input: child.stdout})) {
	const result = /^(?<not>not )?ok \d+(?: - )?(?<name>.*?)(?<directive> # (?:SKIP|TODO).*)?$/v.exec(line);
	if (!result) {
		// TAP's diagnostics are worth printing only below a failure.
		detail &&= /^(?:\s|$)/v.test(line);
		if (detail || line.startsWith('Bail out')) {
			console.log(line);
		}

		continue;
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

const [code] = (await closed) as [number | null];
const failures = Math.max(failed.size, code === 0 ? 0 : 1);
if (skipped > 0) {
	console.log(`\n${skipped} skipped, each with its reason above`);
}

console.log(`\n${passed} passed, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
