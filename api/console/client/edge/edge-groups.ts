/**
 * Edge agents by model and channel, with the newest version that any of them knows.
 *
 * @module
 */
import type {EdgeStatus} from '../../../../core/domain/index.ts';

/** Agents that pull the same channel of the same model. */
export interface EdgeGroup {
	readonly model: string;
	readonly channel: string;
	readonly agents: readonly EdgeStatus[];
	/** Newest version served or refused; 0 before the first. */
	readonly newest: number;
	/** Agents that serve it. */
	readonly onNewest: number;
}

/** Groups by name. */
export function edgeGroups(edges: readonly EdgeStatus[]): EdgeGroup[] {
	const groups = Map.groupBy(edges, ({model, channel}) => `${model} ${channel}`);
	return [...groups]
		.toSorted(([a], [b]) => (a < b ? -1 : 1))
		.map(([, agents]) => {
			const newest = Math.max(0, ...agents.flatMap(({version, refusal}) => [version ?? 0, refusal?.version ?? 0]));
			return {
				model: agents[0]!.model,
				channel: agents[0]!.channel,
				newest,
				onNewest: agents.filter(({version}) => version === newest).length,
				agents: agents.toSorted((a, b) => Number(needsLook(b)) - Number(needsLook(a)) || (a.edge < b.edge ? -1 : 1)),
			};
		});
}

/** True if somebody should look at an agent. */
export function needsLook({state, refusal}: EdgeStatus): boolean {
	return state === 'silent' || state === 'refusing' || refusal !== undefined;
}
