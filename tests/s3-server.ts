/**
 * An S3 server for tests: one that the environment names, else moto, else s3rver; on 127.0.0.1, with a port of the system's choice.
 *
 * @module
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import {CreateBucketCommand, S3Client} from '@aws-sdk/client-s3';
import {ROOT} from './sources.ts';

/** A running server, with a bucket that nobody else uses. */
export interface S3Server {
	readonly name: 'environment' | 'moto' | 's3rver';
	readonly endpoint: string;
	readonly bucket: string;
	readonly credentials: {readonly accessKeyId: string; readonly secretAccessKey: string};
	/** False where If-None-Match is ignored. */
	readonly hasConditionalWrites: boolean;
	stop(): Promise<void>;
}

/** PERENNIAL_TEST_S3_ENDPOINT (with PERENNIAL_TEST_S3_ACCESS_KEY and _SECRET_KEY), moto_server on the PATH, or the s3rver among the packages. */
export async function startS3Server(): Promise<S3Server> {
	const {
		PERENNIAL_TEST_S3_ENDPOINT: endpoint,
		PERENNIAL_TEST_S3_ACCESS_KEY: accessKeyId = 'test',
		PERENNIAL_TEST_S3_SECRET_KEY: secretAccessKey = 'test',
	} = process.env;
	if (endpoint !== undefined) {
		return withBucket({
			name: 'environment',
			endpoint,
			credentials: {accessKeyId, secretAccessKey},
			hasConditionalWrites: true,
			stop: async () => {},
		});
	}

	return startLocalS3Server();
}

/** moto, else s3rver: both take any signature, so that a test may stand between them and a client. */
export async function startLocalS3Server(): Promise<S3Server> {
	const hasMoto = (process.env['PATH'] ?? '').split(path.delimiter).some(folder => existsSync(path.join(folder, 'moto_server')));
	return withBucket(await (hasMoto ? startMoto() : startS3rver()));
}

/** The fall-back by name: it ignores If-None-Match, so that a test can see that stores refuse such a server. */
export async function startS3rver(): Promise<Omit<S3Server, 'bucket'>> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'perennial-s3rver-'));
	const parameters = [
		'--no-deprecation',
		path.join(ROOT, 'node_modules/s3rver/bin/s3rver.js'),
		'-d',
		directory,
		'-a',
		'127.0.0.1',
		'-p',
		'0',
	];
	const server = await startProcess(process.execPath, parameters, /listening on (?<host>[\d.]+):(?<port>\d+)/v);
	return {
		name: 's3rver',
		endpoint: server.endpoint,
		credentials: {accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER'},
		hasConditionalWrites: false,
		async stop() {
			await server.stop();
			await rm(directory, {recursive: true});
		},
	};
}

async function startMoto(): Promise<Omit<S3Server, 'bucket'>> {
	const server = await startProcess('moto_server', ['-H', '127.0.0.1', '-p', '0'], /Running on http:\/\/(?<host>[\d.]+):(?<port>\d+)/v);
	return {name: 'moto', ...server, credentials: {accessKeyId: 'test', secretAccessKey: 'test'}, hasConditionalWrites: true};
}

/** Make a bucket on a server. */
export async function withBucket(server: Omit<S3Server, 'bucket'>): Promise<S3Server> {
	const {endpoint, credentials} = server;
	const client = new S3Client({
		endpoint,
		credentials,
		region: 'us-east-1',
		forcePathStyle: true,
		requestChecksumCalculation: 'WHEN_REQUIRED',
	});
	const bucket = `perennial-test-${process.pid}-${Date.now()}`;
	await client.send(new CreateBucketCommand({Bucket: bucket}));
	client.destroy();
	return {...server, bucket};
}

async function startProcess(
	command: string,
	parameters: readonly string[],
	ready: RegExp,
): Promise<{endpoint: string; stop: () => Promise<void>}> {
	// The shell kills the server when its own input ends: however this process ends, no server stays behind.
	const child = spawn('sh', ['-c', '"$@" & read -r _; kill -9 $!; wait', 'sh', command, ...parameters], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	const exited = once(child, 'exit');
	const endpoint = await Promise.race(
		[child.stdout, child.stderr].map(async stream => {
			for await (const line of readline.createInterface({input: stream})) {
				const {host, port} = ready.exec(line)?.groups ?? {};
				if (host !== undefined) {
					return `http://${host}:${port}`;
				}
			}

			await exited;
			throw new Error(`${command} ended before it was ready.`);
		}),
	);
	child.stdout.resume();
	child.stderr.resume();
	return {
		endpoint,
		async stop() {
			child.stdin.end();
			await exited;
		},
	};
}
