/**
 * Channels: names that point at versions and move. Every move is a record of its own, so that history is never lost.
 *
 * @module
 */
import {z} from 'zod';

/** One move of a channel. */
export const channelMoveSchema = z.strictObject({
	model: z.string(),
	channel: z.string(),
	/** Counts from 1 without gaps; the one who creates a number wins the race for it. */
	sequence: z.int().min(1),
	version: z.int().min(1),
	/** Event time (in a replay) or wall time from which the move holds. */
	at: z.iso.datetime(),
	reason: z.string(),
	/** Who moved it: `gate`, or a person. */
	by: z.string(),
	/** True if no gate accepted the version and somebody moved the channel to it all the same; absent otherwise. */
	overridden: z.literal(true).optional(),
	/** Envelope over the other fields, where the registry signs. */
	signature: z.string().optional(),
});

/** One move of a channel. */
export type ChannelMove = z.output<typeof channelMoveSchema>;

/** The channel whose version answers. */
export const CHAMPION = 'champion';
