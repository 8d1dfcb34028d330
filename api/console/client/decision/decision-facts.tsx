/**
 * What else is on record of an answer: when, for which event, by which version, and the digest of what it saw.
 *
 * @module
 */
import type {DecisionView} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {pathOf} from '../router.ts';
import {Link} from '../widgets/link.tsx';

/** The record, name by name. */
export function DecisionFacts({decision}: {readonly decision: DecisionView}) {
	const {say, formats} = useConsole();
	const {decisionId, event, version, channel, model, featureDigest} = decision;
	return (
		<section class="card">
			<h2>{say('decision.record')}</h2>
			<table>
				<tbody>
					<Fact name={say('decision.id')} value={decisionId} />
					<Fact name={say('decision.event')} value={event.id} />
					<Fact name={say('decision.source')} value={event.source} />
					{event.entity !== undefined && <Fact name={say('decision.entity')} value={event.entity} />}
					<Fact name={say('decision.time')} value={formats.moment(Date.parse(event.time))} />
					<Fact name={say('decision.schema')} value={String(event.schemaVersion)} />
					<Fact name={say('decision.channel')} value={channel} />
					{version > 0 && (
						<tr>
							<th scope="row">{say('decision.version')}</th>
							<td>
								<Link to={pathOf('versions', model)} query={{left: String(version)}}>
									v{version}
								</Link>
							</td>
						</tr>
					)}
					<Fact name={say('decision.digest')} value={featureDigest} />
				</tbody>
			</table>
		</section>
	);
}

function Fact({name, value}: {readonly name: string; readonly value: string}) {
	return (
		<tr>
			<th scope="row">{name}</th>
			<td>{value}</td>
		</tr>
	);
}
