/**
 * A dialog over the page.
 *
 * @module
 */
import type {ComponentChildren} from 'preact';
import {useEffect, useRef} from 'preact/hooks';

/** Open as long as it is drawn. Escape and a click beside it close it. */
export function Dialog({
	title,
	onClose,
	children,
}: {
	readonly title: string;
	readonly onClose: () => void;
	readonly children: ComponentChildren;
}) {
	const ref = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		ref.current?.showModal();
	}, []);
	return (
		<dialog
			ref={ref}
			class="dialog"
			aria-label={title}
			onClose={onClose}
			onClick={event => {
				if (event.target === ref.current) {
					onClose();
				}
			}}
		>
			<div>{children}</div>
		</dialog>
	);
}
