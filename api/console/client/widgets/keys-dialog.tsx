/**
 * The list of keys.
 *
 * @module
 */
import {useConsole} from '../console-context.ts';
import {Dialog} from './dialog.tsx';

const KEYS = [
	[['/'], 'search'],
	[['?'], 'list'],
	[['←', '→'], 'move'],
	[['[', ']'], 'mark'],
	[['+', '−'], 'zoom'],
	[['0'], 'all'],
	[['Esc'], 'escape'],
	[['d'], 'theme'],
] as const;

/** Opened by `?`. */
export function KeysDialog({onClose}: {readonly onClose: () => void}) {
	const {say} = useConsole();
	return (
		<Dialog title={say('keys.title')} onClose={onClose}>
			<h2>{say('keys.title')}</h2>
			<dl class="pairs keylist">
				{KEYS.map(([keys, name]) => (
					<div key={name}>
						<dt>
							{keys.map(key => (
								<kbd key={key}>{key}</kbd>
							))}
						</dt>
						<dd>{say(`keys.${name}`)}</dd>
					</div>
				))}
			</dl>
			<button type="button" class="button" onClick={onClose}>
				{say('keys.close')}
			</button>
		</Dialog>
	);
}
