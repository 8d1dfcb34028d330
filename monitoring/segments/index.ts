/**
 * Who a model is right for: figures by segment, and gaps between protected groups.
 *
 * @module
 */
export {SegmentMonitor, type SegmentFeature, type SegmentMonitorOptions} from './segment-monitor.ts';
