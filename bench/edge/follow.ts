/**
 * How long a fleet takes to follow a channel: from the move to the swapped version, agent by agent.
 *
 * @module
 */
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {MemoryLogger} from '../../core/domain/index.ts';
import {createRng} from '../../core/numerics/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {EdgeAgent} from '../../edge/index.ts';
import {CHANNEL, MODEL, type PublishedStudents} from './published-students.ts';

const AGENTS = 50;
const MOVES = 10;
const POLL_SECONDS = 2;
const LOOK_MS = 2;
const WAIT_MS_MAX = 60_000;

/** What was seen. */
export interface Following {
	readonly agents: number;
	/** Of each agent and move, in poll intervals. */
	readonly intervals: number[];
}

/** Let a fleet in this process follow moves that come at random moments. */
export async function followMoves(students: PublishedStudents, directory: string, progress: (line: string) => void): Promise<Following> {
	const rng = createRng(3);
	const agents = Array.from(
		{length: AGENTS},
		(_, index) =>
			new EdgeAgent({
				url: students.url,
				model: MODEL,
				channel: CHANNEL,
				directory: path.join(directory, `agent-${index}`),
				name: `agent-${index}`,
				pollSeconds: POLL_SECONDS,
				trust: {roots: students.keys, graceMs: 0},
				loadSession: loadOnnxSession,
				logger: new MemoryLogger(),
				rng,
			}),
	);
	try {
		await students.move(1);
		await Promise.all(agents.map(async agent => agent.start()));
		await Promise.all(agents.map(async agent => swapped(agent, 1)));
		const intervals: number[] = [];
		for (let move = 1; move <= MOVES; move++) {
			progress(`move ${move} of ${MOVES}, ${AGENTS} agents`);
			await sleep(rng() * POLL_SECONDS * 1000);
			const version = 1 + (move % 2);
			await students.move(version);
			const moved = performance.now();
			const times = await Promise.all(agents.map(async agent => swapped(agent, version)));
			intervals.push(...times.map(time => (time - moved) / (POLL_SECONDS * 1000)));
		}

		return {agents: AGENTS, intervals};
	} finally {
		await Promise.all(agents.map(async agent => agent.stop()));
	}
}

/** When it answered with a version. */
async function swapped(agent: EdgeAgent, version: number): Promise<number> {
	for (const end = performance.now() + WAIT_MS_MAX; performance.now() < end; await sleep(LOOK_MS)) {
		if (agent.status().version === version) {
			return performance.now();
		}
	}

	throw new Error(`An agent has not come to version ${version}: ${JSON.stringify(agent.status())}`);
}
