/**
 * The commands of the program, in the order in which the list shows them. To add one: a file beside this one, and its line below.
 *
 * @module
 */
import path from 'node:path';
import type {CommandDefinition} from '../command.ts';
import {backtestCommand} from './backtest.ts';
import {dashboards} from './dashboards.ts';
import {demo} from './demo.ts';
import {exportFrameCommand} from './export-frame.ts';
import {exportOnlineCommand} from './export-online.ts';
import {frameCommand} from './frame.ts';
import {inferSpecCommand} from './infer-spec.ts';
import {keysCommand, signCommand} from './keys.ts';
import {distill, promote, train} from './levers.ts';
import {prequentialCommand} from './prequential.ts';
import {replayCommand} from './replay.ts';
import {exportStudentCommand} from './export-student.ts';
import {retainCommand} from './retain.ts';
import {simulateCommand} from './simulate.ts';
import {specSchema} from './spec-schema.ts';
import {trainFrameCommandIn} from './train-frame.ts';
import {up} from './up.ts';
import {worker} from './worker.ts';

/** Every command. */
export const COMMANDS: readonly CommandDefinition[] = [
	demo,
	up,
	worker,
	simulateCommand,
	inferSpecCommand,
	replayCommand,
	prequentialCommand,
	backtestCommand,
	train,
	distill,
	promote,
	keysCommand,
	signCommand,
	exportStudentCommand,
	retainCommand,
	exportOnlineCommand,
	exportFrameCommand,
	frameCommand,
	trainFrameCommandIn(path.join(import.meta.dirname, '../../.tools/gpu')),
	dashboards,
	specSchema,
];
