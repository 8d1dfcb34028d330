/**
 * A few choices side by side, of which one holds.
 *
 * @module
 */

/** Properties of {@link Segments}. */
export interface SegmentsProps<Id extends string> {
	readonly label: string;
	readonly choices: readonly (readonly [id: Id, text: string])[];
	/** Undefined: none of them. */
	readonly chosen: Id | undefined;
	readonly onChoose: (id: Id) => void;
}

/** Buttons, the chosen one pressed. */
export function Segments<Id extends string>({label, choices, chosen, onChoose}: SegmentsProps<Id>) {
	return (
		<div class="seg" role="group" aria-label={label}>
			{choices.map(([id, text]) => (
				<button
					key={id}
					type="button"
					aria-pressed={id === chosen}
					onClick={() => {
						onChoose(id);
					}}
				>
					{text}
				</button>
			))}
		</div>
	);
}
