/**
 * Every version of a model, and two of them side by side: why was this one allowed, and that one not?
 *
 * @module
 */
import {useConsole, useResource} from '../console-context.ts';
import type {VersionItem} from '../data/resources.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import {Comparison} from './comparison.tsx';
import {VersionList} from './version-list.tsx';

/** The page under /models/:m/versions. */
export function VersionsPage({model}: {readonly model: string}) {
	const entry = useResource('versions', model);
	return (
		<Shown entry={entry} what="what.versions" outline={<Skeleton tall rows={6} />}>
			{versions =>
				versions.length === 0 ? (
					<Empty title="empty.versions" how="empty.versions.how" command={`make train MODEL=${model}`} />
				) : (
					<Versions versions={versions} />
				)
			}
		</Shown>
	);
}

function Versions({versions}: {readonly versions: readonly VersionItem[]}) {
	const {
		router,
		route: {query},
	} = useConsole();
	const [left, right] = chosenVersions(versions, query.get('left'), query.get('right'));
	return (
		<div class="split versions">
			<Comparison left={left} right={right} />
			<VersionList
				versions={versions}
				left={left.version}
				right={right?.version}
				onChoose={(side, version) => {
					router.keep({[side]: String(version)});
				}}
			/>
		</div>
	);
}

/** What the address names; else the champion, and beside it the newest other one. */
function chosenVersions(
	versions: readonly VersionItem[],
	left: string | null,
	right: string | null,
): [VersionItem, VersionItem | undefined] {
	const find = (text: string | null): VersionItem | undefined => versions.find(({version}) => String(version) === text);
	const first = find(left) ?? versions.find(({channels}) => channels.includes('champion')) ?? versions[0]!;
	return [first, find(right) ?? versions.find(({version}) => version !== first.version)];
}
