/**
 * What a person decided of an answer that was referred, or the form in which somebody does.
 *
 * @module
 */
import {useState} from 'preact/hooks';
import type {DecisionView} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';

/** Nothing for an answer that was not referred. */
export function DecisionReview({decision}: {readonly decision: DecisionView}) {
	const {say, formats} = useConsole();
	const {review, outcome, decisionId} = decision;
	if (outcome !== 'refer') {
		return null;
	}

	return (
		<section class="card">
			<h2>{say('review.title')}</h2>
			{review ? (
				<>
					<p>
						<b>{review.action}</b> <span class="quiet">{review.reason}</span>
					</p>
					<p class="quiet">{say('review.by', {who: review.by, time: formats.moment(Date.parse(review.reviewedAt))})}</p>
				</>
			) : (
				<ReviewForm id={decisionId} />
			)}
		</section>
	);
}

function ReviewForm({id}: {readonly id: string}) {
	const {say, store} = useConsole();
	const [problem, setProblem] = useState('');
	const [isSending, setSending] = useState(false);
	const send = async (form: FormData): Promise<void> => {
		setSending(true);
		try {
			await store.reviewDecision(id, {action: textOf(form, 'action'), reason: textOf(form, 'reason')});
			setProblem('');
		} catch (error) {
			setProblem(error instanceof Error ? error.message : String(error));
		}

		setSending(false);
	};

	return (
		<form
			class="review"
			onSubmit={event => {
				event.preventDefault();
				void send(new FormData(event.currentTarget));
			}}
		>
			<p class="quiet">{say('review.open')}</p>
			<label>
				{say('review.action')} <input name="action" required maxLength={40} list="actions" autocomplete="off" />
			</label>
			<datalist id="actions">
				<option value="approve" />
				<option value="decline" />
			</datalist>
			<label>
				{say('review.reason')} <input name="reason" required maxLength={2000} autocomplete="off" />
			</label>
			<button type="submit" class="button" disabled={isSending}>
				{say('review.send')}
			</button>
			{problem !== '' && (
				<span role="alert" class="is-alarm">
					{problem}
				</span>
			)}
		</form>
	);
}

function textOf(form: FormData, name: string): string {
	const value = form.get(name);
	return typeof value === 'string' ? value.trim() : '';
}
