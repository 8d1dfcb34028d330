/**
 * Each version in a thread of its own, so that the next one is loaded and tried while the one before answers undisturbed.
 *
 * @module
 */
import type {Logger, OnnxRuntime} from '../core/domain/index.ts';
import {createOnnxRuntime} from '../core/runtimes/index.ts';
import type {LoadSession} from './live-model.ts';

/**
 * Loads ONNX files, each into a worker thread of its own. The thread of a session that was closed waits for the next file: versions that take turns need two
 * threads, and start none. A thread in which a file could not be loaded is ended. One that waits keeps no process alive.
 *
 * Cost: a message each way for a run. The first two loads start a thread, some tens of milliseconds on another core; loading on the main thread would stop
 * every prediction for as long as it takes.
 */
export function loadInThread(logger: Logger): LoadSession {
	let idle: OnnxRuntime | undefined;
	const release = async (runtime: OnnxRuntime): Promise<void> => {
		if (idle) {
			await runtime.close();
		} else {
			idle = runtime;
		}
	};

	return async (bytes, shape) => {
		const runtime = idle ?? createOnnxRuntime({threads: 1, logger});
		idle = undefined;
		try {
			const session = await runtime.load(bytes, shape);
			return {
				run: async batch => session.run(batch),
				async close() {
					await session.close();
					await release(runtime);
				},
			};
		} catch (error) {
			await runtime.close();
			throw error;
		}
	};
}
