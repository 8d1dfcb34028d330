/**
 * The list of versions, newest first, in which two are chosen.
 *
 * @module
 */
import {useConsole} from '../console-context.ts';
import type {VersionItem} from '../data/resources.ts';
import {Glyph} from '../widgets/glyph.tsx';

/** Versions listed; older ones are reached by their address. */
const VERSIONS_MAX = 200;

/** Properties of {@link VersionList}. */
export interface VersionListProps {
	readonly versions: readonly VersionItem[];
	readonly left: number;
	readonly right: number | undefined;
	readonly onChoose: (side: 'left' | 'right', version: number) => void;
}

/** Two columns of radio buttons: which stands left, which right. */
export function VersionList({versions, left, right, onChoose}: VersionListProps) {
	const {say, formats} = useConsole();
	return (
		<section class="card list">
			<h2>
				{say('versions.list')} <small>{say('versions.hint')}</small>
			</h2>
			<ul>
				{versions.slice(0, VERSIONS_MAX).map(({version, accepted, channels, createdAt, lineage, gates}) => (
					<li key={version} class={version === left || version === right ? 'on' : ''}>
						<span class="sides">
							{(['left', 'right'] as const).map(side => (
								<input
									key={side}
									type="radio"
									name={side}
									checked={version === (side === 'left' ? left : right)}
									aria-label={`${say(`versions.${side}`)}: v${version}`}
									onChange={() => {
										onChoose(side, version);
									}}
								/>
							))}
						</span>
						<span class={accepted ? 'is-ok' : 'is-refused'}>
							<Glyph kind={accepted ? 'ok' : 'refused'} title={say(accepted ? 'versions.accepted' : 'versions.rejected')} />
						</span>
						<span class="about">
							<b>v{version}</b>{' '}
							{channels.map(channel => (
								<span key={channel} class="chip">
									{channel}
								</span>
							))}
							<small>
								{formats.date(Date.parse(lineage.asOf))} · {lineage.trigger.split(':', 1)[0]} ·{' '}
								{say('versions.gates', {passed: gates.filter(({passed}) => passed).length, n: gates.length})}
							</small>
							<small class="quiet">
								{say('versions.made')} {formats.moment(Date.parse(createdAt))}
							</small>
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}
