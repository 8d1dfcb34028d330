/**
 * The worker thread that onnx-runtime.ts starts: owns ONNX sessions and answers one request after another.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {parentPort, workerData} from 'node:worker_threads';
import {messageOf, PerennialError, type OnnxSession} from '../domain/index.ts';
import {ExitGuard} from './exit-guard.ts';
import type {WorkerReply, WorkerRequest} from './onnx-messages.ts';
import {loadOnnxSession} from './onnx-session.ts';

assert.ok(parentPort, 'this file is the entry of a worker thread');
const port = parentPort;
const guard = new ExitGuard(workerData as SharedArrayBuffer);
const sessions = new Map<number, OnnxSession>();
let last: Promise<void> = Promise.resolve();

port.on('message', (request: WorkerRequest) => {
	last = last.then(async () => {
		let reply: WorkerReply;
		try {
			reply = await guard.within(async () => answer(request));
		} catch (error) {
			reply = {failure: messageOf(error)};
		}

		// The outputs are handed over, not copied: nobody here needs them any more.
		const scores = 'scores' in reply ? reply.scores : undefined;
		port.postMessage(reply, scores ? [scores.logits.buffer as ArrayBuffer, scores.probabilities.buffer as ArrayBuffer] : []);
	});
});

async function answer(request: WorkerRequest): Promise<WorkerReply> {
	switch (request.kind) {
		case 'load': {
			sessions.set(request.session, await loadOnnxSession(request.bytes, request.shape));
			return {};
		}

		case 'run': {
			const session = sessions.get(request.session);
			if (!session) {
				throw new PerennialError('RUNTIME_UNAVAILABLE', 'The ONNX file is not loaded in this worker thread; load it again.');
			}

			return {scores: await session.run(request.batch)};
		}

		case 'unload': {
			await sessions.get(request.session)?.close();
			sessions.delete(request.session);
			return {};
		}
	}
}
