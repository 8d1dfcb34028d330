/**
 * Words of the page of segments: English, Chinese.
 *
 * @module
 */

/** Part of the table of words. */
export const SEGMENT_WORDS = {
	'page.segments': ['Segments', '分群'],
	'what.segments': ['Segments', '分群'],
	'empty.segments': ['Nothing is told apart by segment.', '未按分群统计。'],
	'empty.segments.how': [
		'Name categorical or boolean features in monitors.segments or monitors.protected of the spec; binary models only.',
		'在规格的 monitors.segments 或 monitors.protected 中写入类别或布尔特征；仅限二分类模型。',
	],
	'segments.title': ['Who it is right for', '对谁而言是准确的'],
	'segments.window': ['Window', '窗口'],
	'segments.final': ['labels final', '标签已成熟'],
	'segments.maturing': ['labels coming in', '标签成熟中'],
	'segments.segment': ['Segment', '分群'],
	'segments.answers': ['Answers', '决策'],
	'segments.labels': ['Labels', '标签'],
	'segments.positives': ['Positives', '阳性率'],
	'segments.selected': ['Below the cut-off', '低于阈值'],
	'segments.truePositives': ['Positives caught', '阳性识别率'],
	'segments.falsePositives': ['Negatives caught', '阴性误判率'],
	'segments.logLoss': ['Log loss', '对数损失'],
	'segments.calibration': ['Calibration', '校准'],
	'segments.untold': ['too few', '样本过少'],
	'segments.between': ['{low} to {high}', '{low} 至 {high}'],
	'segments.gaps': ['Gaps between protected groups', '受保护群体之间的差距'],
	'segments.measure': ['Measure', '指标'],
	'segments.highest': ['Highest', '最高'],
	'segments.lowest': ['Lowest', '最低'],
	'segments.gap': ['Gap', '差距'],
	'segments.rule': [
		'A label counts when it is final. Intervals hold in 95 of 100 cases. A gap says that groups are treated unlike, not why.',
		'标签成熟后才计入。区间在 100 次中有 95 次成立。差距说明群体受到不同对待，但不说明原因。',
	],
} as const;
