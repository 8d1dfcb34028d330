/**
 * Each version in a thread of its own, so that the next one is loaded and tried while the one before answers undisturbed.
 *
 * @module
 */
import type {Logger} from '../core/domain/index.ts';
import {createOnnxRuntime} from '../core/runtimes/index.ts';
import type {LoadSession} from './live-model.ts';

/**
 * Loads ONNX files, each into a worker thread that ends when its session is closed.
 *
 * Cost: a message each way for a run, and some tens of milliseconds to start a thread; loading on the main thread would stop every prediction for as
 * long as it takes.
 */
export function loadInThread(logger: Logger): LoadSession {
	return async (bytes, shape) => {
		const runtime = createOnnxRuntime({threads: 1, logger});
		try {
			const session = await runtime.load(bytes, shape);
			return {
				run: async batch => session.run(batch),
				async close() {
					await session.close();
					await runtime.close();
				},
			};
		} catch (error) {
			await runtime.close();
			throw error;
		}
	};
}
