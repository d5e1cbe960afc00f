//! The labels, a row each: in English, and in Chinese.

/// Writes the labels, and both languages' texts of each.
macro_rules! labels {
    ($($name:ident: $en:literal, $zh:literal;)+) => {
        /// The labels of pages.
        #[derive(Debug)]
        pub(in crate::page) struct Words {
            $(
                #[doc = $en]
                pub(in crate::page) $name: &'static str,
            )+
        }

        impl Words {
            pub(super) const EN: Self = Self { $($name: $en,)+ };
            pub(super) const ZH: Self = Self { $($name: $zh,)+ };
        }
    };
}

labels! {
    skip: "To the content", "跳到正文";
    pages: "Pages", "页面";
    link_lost: "Not live: the gateway does not answer", "已断开：网关没有回应";
    team: "Team", "团队";
    alarms: "Alarms", "告警";
    acknowledge: "I see to it", "我来处理";
    seen_by: "seen to by", "处理人";
    no_alarms: "None is open.", "没有未关闭的告警。";
    runbook: "Runbook", "处理手册";
    seen_for: "For how long", "时长";
    seen_till_over: "until it is over or changes", "直到结束或有变化";
    back_to_alarms: "Go back to the alarms.", "请返回告警页面。";
    ways: "How people are told", "通知方式";
    way: "Way", "方式";
    no_ways: "Nobody is told: there is no [[notify]] in the configuration.", "不会通知任何人：配置中没有 [[notify]]。";
    told_last: "Told last (UTC)", "最近通知（UTC）";
    try_it: "Try it", "试一试";
    test: "Send a test", "发送测试";
    closed_alarms: "Closed within a day", "一天内已关闭";
    ended: "Ended", "结束";
    troubles: "What to do", "待处理";
    no_troubles: "Nothing: all is well.", "一切正常，无需处理。";
    accounts: "Accounts", "账号";
    account: "Account", "账号";
    standing: "State", "状态";
    since: "Since", "持续";
    evidence: "Last sign that it works", "最近的正常迹象";
    ding: "Last ding answered in", "最近一次 ding 的应答用时";
    pace: "Pace used", "已用配额";
    sends_today: "Sends in 24 h", "24 小时发送";
    errors: "Errors in a row", "连续错误";
    bots: "Bots", "机器人";
    bot: "Bot", "机器人";
    mode: "Mode", "模式";
    streams: "Event streams", "事件流";
    bot_token: "Token", "令牌";
    backlog: "Not acknowledged", "未确认事件";
    waiting_calls: "Calls that wait", "等待中的调用";
    gone: "Gone since", "离线时长";
    rooms: "Rooms", "群";
    room: "Room", "群";
    rooms_at_risk: "Rooms at risk", "有风险的群";
    all_rooms: "All rooms", "所有群";
    its_rooms: "Its rooms", "它所在的群";
    risk: "Risk", "风险";
    missing: "Missing teammates", "未入群的队友";
    no_rooms: "There is none.", "没有。";
    works: "In figures", "详细数据";
    policy: "How work is spread", "分配策略";
    conversations: "Conversations known", "已知会话";
    waiting: "Calls that wait for their turn", "排队的调用";
    longest: "Longest wait", "最长等待";
    dropped: "Events dropped", "丢弃的事件";
    store: "Store", "存储";
    memory: "Memory", "内存";
    gateway: "Gateway", "网关";
    config: "Configuration file", "配置文件";
    bots_connect: "Bots connect to", "机器人连接地址";
    work: "Work", "操作";
    limit: "Limit", "限额";
    used: "Used", "已用";
    next_free: "Next is free in", "下次可用";
    no_pace: "It has no limits ([pace]).", "没有限额（[pace]）。";
    scan: "Scan to log in", "扫码登录";
    scan_how: "Open WeChat on the account's phone, and scan this. The code is renewed by itself.",
        "请在该账号的手机上打开微信“扫一扫”。二维码过期后会自动更新。";
    code_field: "Code", "验证码";
    code_enter: "Enter", "提交";
    code_cancel: "No code comes", "收不到验证码";
    slide_program: "Program", "程序";
    slide_secret: "It asks for", "程序需要的内容";
    contact_id: "Contact id", "联系人 ID";
    same_person: "The same person as", "与以下账号同为一人";
    dings_open: "Dings not answered", "未应答的 ding";
    resets: "Resets since the last sign", "上次正常以来的重置";
    evictions: "Other clients evicted from its stream", "挤下其他客户端";
    deaf: "Times its stream was deaf", "事件流失聪次数";
    probation: "Watched for", "观察期剩余";
    heartbeat: "Can write to the heartbeat contact", "能否写给心跳联系人";
    yes: "yes", "是";
    no: "no: let it be a friend of that contact, in WeChat", "否：请在微信中加该联系人为好友";
    weight: "Weight", "权重";
    share: "Share while it recovers", "恢复期间的份额";
    calls: "Calls under way", "进行中的调用";
    next_attempt: "Next attempt in", "下次尝试";
    last_words: "Its puppet said", "puppet 最近输出";
    ejected: "Kept from", "暂停的操作";
    history: "What happened", "历史";
    no_history: "Nothing yet.", "暂无。";
    sends: "Sends", "发送记录";
    last_sends: "Its last sends", "最近发送";
    all_sends: "All its sends", "全部发送记录";
    no_sends: "None is remembered that is so.", "没有符合条件的记录。";
    sends_note: "The newest first, 100 at most; times are UTC. What was said is not kept.",
        "最新的在前，最多 100 条；时间为 UTC。不保存消息内容。";
    number: "No.", "编号";
    when: "When", "时间";
    conversation: "Conversation", "会话";
    what: "What", "类型";
    outcome: "Outcome", "结果";
    how: "How it is known", "依据";
    waited: "Waited", "等待";
    took: "Took", "用时";
    not_before: "Not before", "时间范围";
    show: "Show", "查看";
    all: "all", "全部";
    more: "More", "更多";
    annals: "History", "历史与可用性";
    availability: "Availability", "可用性";
    all_of_them: "All", "全部";
    as_table: "The same as a table", "以表格显示";
    day_from: "Day from (UTC)", "当天起始（UTC）";
    uptimes: "How long each was up", "各自的可用性";
    uptimes_note: "Of the time that a gateway looked and nobody had taken it out of work; what may not work counts as up.",
        "按网关运行且未被人工停用的时间计算；可疑状态计为可用。";
    no_uptimes: "Nothing is known yet.", "暂无数据。";
    whose: "Whose", "对象";
    last_day: "The last 24 h", "最近 24 小时";
    day: "A day", "1 天";
    week: "A week", "7 天";
    month: "A month", "30 天";
    quarter: "A quarter", "90 天";
    incidents: "What went wrong", "故障记录";
    no_incidents: "Nothing, as far as is known.", "暂无已知故障。";
    incidents_note: "The newest first; times are UTC. What came again within the hour is one. `ha-wechaty history` tells more.",
        "最新的在前；时间为 UTC。一小时内重复的算作一次。更多请用 ha-wechaty history。";
    acknowledged: "Last acknowledgement", "最近确认";
    waiting_for_it: "Events that wait for it", "等待它的事件";
    given: "Is given", "接收";
    share_of: "Share", "份额";
    plan: "Who is invited next", "邀请计划";
    when_at_first: "At the earliest", "最早";
    invites: "Invites", "邀请人";
    whom: "Whom", "被邀请";
    by_kind: "By kind, in 24 h", "按类型（24 小时）";
    sent: "Sent", "已发送";
    not_sent: "Not sent", "未发送";
    unsure: "Unsure", "不确定";
    withdrawn: "Kept from work by", "停用者";
    began: "Began", "开始";
    log: "Log", "日志";
    level: "Level (at least)", "级别（至少）";
    words: "Words in it", "包含文字";
    what_it_says: "What it says", "内容";
    no_log: "It is not kept here: the program that holds this gateway writes it.", "此处不保存日志：由启动网关的程序记录。";
    no_lines: "No line is so.", "没有符合条件的日志。";
    log_note: "The newest first, of the last 2,000 lines at most; times are UTC. What was said is in none of them.",
        "最新的在前，最多最近 2000 行；时间为 UTC。不含消息内容。";
    older: "Older", "更早";
    configuration: "Configuration", "配置";
    config_note: "Keys that stand nowhere have their defaults: ha-wechaty.example.toml lists all. Secrets are shown as …; that they differ is said.",
        "未写出的项使用默认值，见 ha-wechaty.example.toml。密钥显示为 …，不同时会注明。";
    config_others: "Written otherwise than it runs", "与文件不同";
    config_same: "The same in both", "一致";
    config_key: "Key", "项";
    running: "Runs", "运行中";
    written: "Written", "文件";
    counts: "Counts", "生效";
    counts_reload: "by ha-wechaty reload", "重新加载后（ha-wechaty reload）";
    counts_start: "at the next start", "下次启动时";
    counts_same: "comes to the same", "含义相同";
    place: "Where", "位置";
    default: "(default)", "（默认）";
    another_secret: "another one", "与运行中的不同";
    no_file: "no file", "没有文件";
    no_keys: "None is written.", "没有写出的项。";
    lasted: "Lasted", "持续";
    times: "Times", "次数";
    noticed: "Noticed by", "发现方式";
    why: "Why", "原因";
    replay: "What happened, step by step", "逐步回放";
    replay_whole: "All that the store has", "存储中的全部";
    replay_steps: "Steps", "步骤";
    no_steps: "Nothing of note happened.", "没有值得关注的事件。";
    incident: "Incident", "故障";
    up_to: "Up to", "截止时间";
    known: "What the team knew at", "当时所知：";
    step_before: "The step before", "上一步";
    step_after: "The next step", "下一步";
    steps_before: "Earlier steps", "更早的步骤";
    steps_after: "Later steps", "更晚的步骤";
    happened: "What happened", "经过";
    code_alt: "The QR code, for WeChat's scanner", "二维码，请用微信扫一扫";
    code_text: "The code as text", "二维码的文本";
    link_button: "Make a one-time link for the phone's owner", "为手机持有人生成一次性链接";
    link_note: "It shows this one code and nothing else, without the password, to the first browser that opens it, until the login, or for ten minutes.",
        "它只显示这一个二维码，无需密码，只给第一个打开它的浏览器，登录后或十分钟后失效。";
    linked: "A one-time link", "一次性链接";
    back: "Back to the account", "返回账号";
    link_title: "WeChat login", "微信登录";
    link_show: "Show the code here", "在此显示二维码";
    enter_title: "Log in", "登录";
    enter_name: "Name", "名称";
    enter_secret: "Password or key", "密码或密钥";
    enter: "Log in", "登录";
    enter_note: "With admin.password the name is admin. A key of yours takes any name: ha-wechaty key makes one.",
        "使用 admin.password 时名称为 admin；使用密钥时名称不限，可用 ha-wechaty key 生成。";
    audit: "Who did what", "操作记录";
    audit_refusals: "Who was not let in", "被拒绝的登录";
    audit_deeds: "What was done", "已执行的操作";
    audit_note: "The newest first, 100 at most; times are UTC. `ha-wechaty audit` shows more.",
        "最新的在前，最多 100 条；时间为 UTC。更多请用 ha-wechaty audit。";
    who: "Who", "操作者";
    from: "From", "来源";
    leave: "Sign out", "退出";
    hands: "What you can do", "操作";
    cause: "Why", "原因";
    for_how_long: "For how long (drain, maintenance)", "时长（排空、维护）";
}
