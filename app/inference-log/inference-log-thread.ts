/**
 * The thread that sends the log of requests and responses, so that sending takes nothing from answers.
 *
 * @module
 */
import {parentPort, workerData} from 'node:worker_threads';
import {CloudEventSender} from './cloud-event-sender.ts';
import type {InferenceLogThreadData, SettledExchange, ToInferenceLogThread} from './inference-log-protocol.ts';

const {url} = workerData as InferenceLogThreadData;
const sender = new CloudEventSender({
	url,
	onSettled({model, request, response}, result) {
		parentPort!.postMessage({model, bytes: request.bytes.length + response.bytes.length, result} satisfies SettledExchange);
	},
});

parentPort!.on('message', (message: ToInferenceLogThread) => {
	if (message === 'stop') {
		sender.stop();
		parentPort!.close();
	} else {
		sender.send(message);
	}
});
