/**
 * Links within the console: ordinary addresses, followed without a reload.
 *
 * @module
 */
import type {ComponentChildren} from 'preact';
import {useConsole} from '../console-context.ts';
import type {QueryFields} from '../router.ts';

/** Properties of {@link Link}. */
export interface LinkProps {
	readonly to: string;
	readonly query?: QueryFields;
	readonly class?: string;
	/** Marks the page that is shown. */
	readonly current?: boolean;
	readonly children?: ComponentChildren;
}

/** A link to a page. Opens in another tab where the reader asks for that. */
export function Link({to, query = {}, class: name, current = false, children}: LinkProps) {
	const {router} = useConsole();
	const href = router.href(to, query);
	const follow = (event: MouseEvent): void => {
		if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
			event.preventDefault();
			router.go(href);
		}
	};

	return (
		<a href={href} class={name} onClick={follow} aria-current={current ? 'page' : undefined}>
			{children}
		</a>
	);
}
