/**
 * `train-frame`: a teacher from a frame file, without a running system; the bundle for GPU boxes is this command and nothing else.
 *
 * @module
 */
import os from 'node:os';
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {PerennialError, type Logger} from '../../core/domain/index.ts';
import {loadTensorFlow, TENSORFLOW_KINDS, type TensorFlowKind} from '../../core/runtimes/index.ts';
import {ProgressBar} from '../progress.ts';
import {trainFrame} from '../train-frame/train-frame.ts';

/** As many as a job worker gives to one fit. */
const THREADS_MAX = 4;

/** The command, for an installation whose optional packages lie in a folder. @param nativeDirectory - See loadTensorFlow. */
export function trainFrameCommandIn(nativeDirectory: string): CommandDefinition {
	return {
		name: 'train-frame',
		summary: 'Train a teacher from a frame file and write its ONNX file and report.',
		flags: {
			frame: {type: 'string', help: 'the frame file; "export-frame" writes one', isRequired: true},
			out: {type: 'string', help: 'folder for the files', isRequired: true},
			backend: {type: 'string', help: `one of ${TENSORFLOW_KINDS.join(', ')} (default: the first of them that starts)`},
			'require-gpu': {type: 'boolean', help: 'fail rather than train without a GPU'},
		},
		async run(flags, {print, progress, isJson}) {
			const backend = backendOf(textOf(flags, 'backend'));
			const bar = new ProgressBar(progress);
			const logger = lineLogger(line => progress.write(`${line}\n`));
			const facts = await trainFrame({
				threads: Math.min(THREADS_MAX, os.availableParallelism()),
				frameFile: textOf(flags, 'frame')!,
				out: textOf(flags, 'out')!,
				logger,
				tensorFlow: async () =>
					loadTensorFlow({logger, nativeDirectory, requireGpu: flags['require-gpu'] === true, ...(backend && {backend})}),
				onProgress(share, message) {
					bar.update(share, message);
				},
			});
			const [teacher] = facts.files;
			print(
				isJson
					? JSON.stringify(facts)
					: `Trained ${facts.model} on ${facts.rowCount.toLocaleString('en')} rows with ${facts.backend} (${facts.device}) in ` +
							`${facts.seconds.toFixed(1)} s: ${textOf(flags, 'out')}/${teacher!.name}, ${teacher!.digest}.`,
			);
			return EXIT.done;
		},
	};
}

function backendOf(text: string | undefined): TensorFlowKind | undefined {
	const kind = TENSORFLOW_KINDS.find(candidate => candidate === text);
	if (text !== undefined && kind === undefined) {
		throw new PerennialError('USAGE', `--backend must be one of ${TENSORFLOW_KINDS.join(', ')}, not ${JSON.stringify(text)}.`);
	}

	return kind;
}

/** A person reads it: messages, and of the facts only what an operator must see. */
function lineLogger(write: (line: string) => void): Logger {
	const say = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
		const skipped = fields['skipped'] as readonly {kind: string; why: string}[] | undefined;
		const passedOver = skipped?.map(({kind, why}) => `${kind}: ${why}`).join('; ') ?? '';
		write(passedOver === '' ? message : `${message}; passed over ${passedOver}`);
	};

	return {error: say, warn: say, info: say, debug: () => undefined};
}
