/**
 * How old what is shown is, and whether more will come.
 *
 * @module
 */
import {useEffect, useReducer} from 'preact/hooks';
import {useConsole, useResource, useStore} from './console-context.ts';
import type {Connection} from './data/live-stream.ts';

/** Draw again each second. */
function useSeconds(): void {
	const [, tick] = useReducer((count: number) => count + 1, 0);
	useEffect(() => {
		const timer = setInterval(() => {
			tick(undefined);
		}, 1000);
		return () => {
			clearInterval(timer);
		};
	}, []);
}

/** How the stream stands; drawn again when its state changes, not with each message. */
export function useConnectionState(): Connection['state'] {
	const {store} = useConsole();
	return useStore(() => store.connection.state);
}

/** In the header: live, and how long ago the server was last heard; or not. In a replay, the time in there. */
export function ConnectionStatus() {
	const {say, formats, store} = useConsole();
	const {value: clock} = useResource('clock');
	const state = useConnectionState();
	useSeconds();
	const {heardAt} = store.connection;
	const age = formats.age(Math.max(0, Date.now() - heardAt));
	const text =
		state === 'live'
			? say('live.age', {age})
			: state === 'connecting'
				? say('live.connecting')
				: heardAt === 0
					? say('live.broken')
					: say('live.old', {age});
	return (
		<>
			{clock?.kind === 'event' && (
				<span class="chip clock" title={say('clock.hint')}>
					<span>{say('clock.event')}</span>
					{formats.date(Date.parse(clock.now))}
				</span>
			)}
			<span class={`live is-${state}`} role="status" title={say('live.hint')}>
				<i />
				{text}
			</span>
		</>
	);
}

/** Under the header while the stream is broken: since when, what happens about it, and a button. */
export function BrokenBanner() {
	const {say, formats, store} = useConsole();
	const state = useConnectionState();
	useSeconds();
	if (state !== 'broken') {
		return null;
	}

	const {heardAt, brokenSince = Date.now(), retryAt = Date.now(), reason} = store.connection;
	const title = heardAt === 0 ? say('broken.never') : say('broken.title', {age: formats.age(Date.now() - brokenSince)});
	return (
		<div class="broken" role="alert" title={reason}>
			<b>{title}</b> {say('broken.retry', {age: formats.age(Math.max(1000, retryAt - Date.now() + 999))})}{' '}
			<button
				type="button"
				class="textual"
				onClick={() => {
					store.start();
				}}
			>
				{say('retry')}
			</button>
		</div>
	);
}
