/**
 * The edge agent as a program: reads flags, joins the real parts, stops on SIGINT and SIGTERM.
 *
 * @module
 */
import {randomInt} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import os from 'node:os';
import {messageOf, PerennialError, readPublicKeys, SystemClock, type PublicKeys} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {EdgeAgent} from './agent.ts';
import {HELP, parseCommandLine, type EdgeCommand} from './command-line.ts';
import {LineLogger} from './line-logger.ts';
import {loadInThread} from './load-in-thread.ts';
import {startLocalServer} from './local-server.ts';

const FAILED = 1;
const WRONG_USE = 2;

try {
	const command = parseCommandLine(process.argv.slice(2), os.hostname());
	if (command) {
		await run(command);
	} else {
		process.stdout.write(HELP);
	}
} catch (error) {
	process.stderr.write(`${messageOf(error)}\n`);
	process.exitCode = error instanceof PerennialError && error.code === 'USAGE' ? WRONG_USE : FAILED;
}

async function run({port, isVerbose, trustFile, graceMs, keyFile, ...options}: EdgeCommand): Promise<void> {
	const logger = new LineLogger({write: line => process.stderr.write(line), clock: new SystemClock(), isVerbose});
	const trust = trustFile === undefined ? {} : {trust: {roots: await readTrust(trustFile), graceMs}};
	const key = keyFile === undefined ? {} : {key: (await readFile(keyFile, 'utf8')).trim()};
	const agent = new EdgeAgent({
		...options,
		...trust,
		...key,
		loadSession: loadInThread(logger),
		logger,
		rng: createRng(randomInt(2 ** 31)),
	});
	await agent.start();
	try {
		const server = await startLocalServer({agent, port, logger});
		process.stdout.write(`${server.url}\n`);
		const signal = await stopSignal();
		logger.info('Stopping.', {signal});
		await server.close();
	} finally {
		await agent.stop();
	}
}

async function readTrust(file: string): Promise<PublicKeys> {
	try {
		return readPublicKeys(await readFile(file, 'utf8'));
	} catch (error) {
		throw new PerennialError('USAGE', `--trust must be a file of public keys in PEM; ${file}: ${messageOf(error)}`, {cause: error});
	}
}

function stopSignal(): Promise<NodeJS.Signals> {
	return new Promise(resolve => {
		for (const signal of ['SIGINT', 'SIGTERM'] as const) {
			process.once(signal, resolve);
		}
	});
}
