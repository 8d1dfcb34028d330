/**
 * Go to a model or a page by its name, or to an answer by its id.
 *
 * @module
 */
import {useState} from 'preact/hooks';
import {useConsole, useResource} from '../console-context.ts';
import {decisionPath, pathOf} from '../router.ts';
import {Dialog} from './dialog.tsx';

/** Names offered. */
const FOUND_MAX = 12;
/** Ids of answers look so. */
const DECISION_ID = /^d-.+-[0-9a-z]+$/v;

/** Opened by `/`. Arrows choose, Enter goes there. */
export function SearchDialog({onClose}: {readonly onClose: () => void}) {
	const {say, router} = useConsole();
	const {value: models = []} = useResource('models');
	const [text, setText] = useState('');
	const [chosen, setChosen] = useState(0);
	const pages = (['fleet', 'jobs', 'edge'] as const).map(page => ({name: say(`page.${page}`), path: pathOf(page)}));
	const places = [...models.map(({name}) => ({name, path: pathOf('timeline', name)})), ...pages];
	const asked = text.trim();
	const decisions = DECISION_ID.test(asked) ? [{name: say('search.decision', {id: asked}), path: decisionPath(asked)}] : [];
	const found = [...decisions, ...places.filter(({name}) => name.toLowerCase().includes(asked.toLowerCase()))].slice(0, FOUND_MAX);
	const go = (path: string): void => {
		onClose();
		router.go(router.href(path));
	};

	const press = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		const place = found[chosen];
		if (step !== 0) {
			event.preventDefault();
			setChosen(Math.min(found.length - 1, Math.max(0, chosen + step)));
		} else if (event.key === 'Enter' && place) {
			event.preventDefault();
			go(place.path);
		}
	};

	return (
		<Dialog title={say('search.title')} onClose={onClose}>
			<label class="search">
				{say('search.title')}{' '}
				<input
					autofocus
					value={text}
					placeholder={say('search.placeholder')}
					onKeyDown={press}
					onInput={event => {
						setText(event.currentTarget.value);
						setChosen(0);
					}}
				/>
			</label>
			{found.length === 0 ? (
				<p class="quiet">{say('search.none')}</p>
			) : (
				<ul class="found">
					{found.map(({name, path}, index) => (
						<li key={path}>
							<button
								type="button"
								class={index === chosen ? 'on' : ''}
								onClick={() => {
									go(path);
								}}
							>
								{name}
							</button>
						</li>
					))}
				</ul>
			)}
		</Dialog>
	);
}
