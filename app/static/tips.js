"use strict";
/* The tip desk: the inbox by working days left, one tip beside what it may repeat, and the form for a telephone tip. */

(function () {
  const at = (id) => document.getElementById(id);
  const config = JSON.parse(at("desk").dataset.config);
  const GRADES = { red: "红区", orange: "橙区", yellow: "黄区" };
  const STEPS = { added: "登记", accepted: "受理", duplicate: "判为重复", transferred: "移送", rejected: "不予受理" };
  let inbox = [];
  let start = 0; // of the page that is listed
  let pageful = 0;
  let open = null;
  let place = null;
  let token = null;
  let communities = null;
  let busy = false;
  const reasons = new Map(); // typed beside a tip and not sent yet, by tip

  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
      if (key === "onclick") node.addEventListener("click", value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value != null) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  async function ask(address, { method = "GET", json, body, id } = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = token ??= (await ask("/api/session")).csrf_token;
    if (json) headers["Content-Type"] = "application/json";
    if (id) headers["Idempotency-Key"] = id;
    const answer = await fetch(address, { method, headers, body: json ? JSON.stringify(json) : body });
    if (answer.ok) return answer.json();
    const { sentence, error } = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(address), { sentence, kind: error, status: answer.status });
  }

  function say(node, sentence) {
    node.textContent = sentence ?? "";
    node.hidden = !sentence;
  }
  const fault = at("fault");

  /* Before the node that ``beside`` finds; else at the head of the page. */
  function fail(error, beside) {
    const node = beside?.();
    if (node) node.before(fault);
    else at("warning").before(fault);
    say(fault, error.sentence || "没有成功,请检查服务是否在运行,稍后再试。您填的内容还在。");
    fault.scrollIntoView({ block: "nearest" });
  }

  /* One change at a time; whatever goes wrong is said beside what it is about, and what was typed stays. */
  async function change(act, beside) {
    if (busy) return;
    busy = true;
    say(fault);
    say(at("done"));
    await act().catch((error) => fail(error, beside));
    busy = false;
  }
  const beside = (selector) => () => document.querySelector(selector);

  async function load(chosen) {
    const status = at("status").value;
    const told = await ask(`/tips/inbox?${new URLSearchParams({ status, text: at("look").value.trim(), start })}`);
    const matched = told.counts[status];
    if (start && start >= matched) return turn(Math.floor(Math.max(matched - 1, 0) / told.page) * told.page, chosen);
    inbox = told.tips;
    const last = start + inbox.length;
    const listed = last - start < matched ? `,这里是第 ${start + 1} 到 ${last} 条` : "";
    const late = status === "new" && told.overdue ? `,到今天(${told.today})超期 ${told.overdue} 条` : "";
    at("matched").textContent = matched ? `共 ${matched} 条${late}${listed}` : "";
    at("pages").hidden = !listed;
    at("back").disabled = !start;
    at("on").disabled = last >= matched;
    pageful = told.page;
    for (const option of at("status").options)
      option.textContent = `${config.statuses[option.value]} ${told.counts[option.value]}`;
    say(at("warning"), told.warning);
    at("none").hidden = inbox.length > 0;
    at("inbox").replaceChildren(...inbox.map(line));
    const next = inbox.find((tip) => tip.tip_id === chosen) ?? inbox[0];
    const shown = chosen || next?.tip_id; // one that is asked for by its address may have left the list
    if (shown) await show(shown);
    else at("tip").replaceChildren(el("p", { class: "muted" }, "这里没有线索。"));
    document.body.dataset.drawn = "all";
  }

  /* Another page, or the first one of another list. */
  function turn(from, chosen) {
    start = from;
    at("inbox").scrollTop = 0;
    return load(chosen);
  }

  function line(tip) {
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", "data-tip": tip.tip_id, onclick: () => change(() => look(tip.tip_id)) },
        el("span", { class: `left ${urgency(tip)}` }, clock(tip)),
        el("span", { class: "where" }, tip.address || tip.community || "地点未明"),
        tip.grade ? el("span", { class: `mark ${tip.grade}` }, GRADES[tip.grade]) : null,
        el("span", { class: "muted" }, [tip.tip_no, tip.channel, tip.category].filter(Boolean).join(" · ")),
      ),
    );
  }

  /* The clock runs until the tip is accepted, transferred, rejected or found a duplicate. */
  function urgency({ status, days_left: days }) {
    return status !== "new" ? "" : days < 0 ? "late" : days <= 3 ? "soon" : "";
  }
  function clock({ status, days_left: days }) {
    if (status !== "new") return config.statuses[status];
    return days < 0 ? `超期 ${-days} 个工作日` : `剩 ${days} 个工作日`;
  }

  async function show(tip_id) {
    const tip = await ask(`/tips/${tip_id}`);
    open = tip;
    for (const button of at("inbox").querySelectorAll("button"))
      button.toggleAttribute("aria-current", button.dataset.tip === String(tip_id));
    at("inbox").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    at("tip").replaceChildren(
      el("h2", {}, tip.tip_no || `线索 ${tip.tip_id}`),
      facts([
        ["接报", moment(tip.received_at)],
        ["期限", tip.status === "new" ? `${tip.due_on},${clock(tip)}` : null],
        ["渠道", tip.channel],
        ["类别", tip.category],
        ["来源编号", tip.source_no],
        ["地址", tip.address],
        ["社区", tip.community],
        ["所在热点", GRADES[tip.grade]],
        ["状态", config.statuses[tip.status]],
        ["移送", tip.transferred_to],
        ["重复了", tip.original_no],
      ]),
      el("p", { class: "text" }, tip.text || "没有文字内容。"),
      acts(tip),
      originals(tip),
      steps(tip),
    );
  }

  /* On a phone the tip stands below the list: bring it into sight. */
  async function look(tip_id) {
    await show(tip_id);
    if (matchMedia("(max-width: 820px)").matches) at("tip").scrollIntoView({ block: "start" });
  }

  function facts(rows) {
    const told = rows.filter(([, value]) => value);
    return el("dl", { class: "facts" }, ...told.map(([k, v]) => el("div", {}, el("dt", {}, k), el("dd", {}, v))));
  }
  const moment = (text) => text.slice(0, 16).replace("T", " ");

  /* The key takes only one that is near or of the same source: like words alone are for reading first. */
  function acts(tip) {
    const first = tip.originals[0];
    const likeliest = first && (first.same_source || first.distance_m != null) ? first : null;
    const act = (key, title, step, rest = () => ({})) =>
      tip.status === step
        ? null
        : el("button", { type: "button", class: "act", "data-key": key, onclick: () => take(step, rest()) }, title, el("kbd", {}, key));
    return el(
      "div",
      { class: "acts" },
      act("A", "受理", "accepted"),
      likeliest && act("D", "重复", "duplicate", () => ({ original: likeliest.tip_id })),
      act("T", "移送", "transferred", () => ({ transferred_to: at("more").value.trim() })),
      act("R", "不予受理", "rejected"),
      el(
        "p",
        { class: "more" },
        el("label", { for: "more" }, "理由,或移送给哪个单位"),
        el("input", { id: "more", maxlength: 500, autocomplete: "off", value: reasons.get(tip.tip_id) }),
      ),
    );
  }

  function originals(tip) {
    if (!tip.originals.length) return el("p", { class: "muted" }, "没有找到可能重复的线索。");
    return el("section", {}, el("h2", {}, "可能重复"), ...tip.originals.map(original));
  }

  const metres = (m) => (m < 10_000 ? `${Math.round(m)} 米` : `${Math.round(m / 1000)} 公里`);

  function original(other) {
    const apart = [
      other.distance_m == null ? "地点未明" : `相距 ${metres(other.distance_m)}`,
      other.days_apart ? `相隔 ${other.days_apart} 天` : "同一天",
      other.alike ? `文字相近 ${Math.round(100 * other.alike)}%` : null,
      other.same_source ? "来源编号相同" : null,
    ];
    return el(
      "article",
      { class: "original" },
      el(
        "header",
        {},
        el("b", {}, other.tip_no || `线索 ${other.tip_id}`),
        el("span", { class: "muted" }, [...apart, config.statuses[other.status]].filter(Boolean).join(",")),
        el(
          "button",
          { type: "button", class: "act", onclick: () => take("duplicate", { original: other.tip_id }) },
          "重复了这一条",
        ),
      ),
      el("p", { class: "text" }, other.text || "没有文字内容。"),
    );
  }

  function steps(tip) {
    const lines = tip.steps.map(({ at: when, post, step, reason }) =>
      el("li", {}, `${moment(when)} ${post} ${STEPS[step]}${reason ? `:${reason}` : ""}`),
    );
    return el("ol", { class: "steps" }, ...lines);
  }

  function take(step, rest = {}) {
    const tip = open;
    if (!tip) return;
    const reason = step === "transferred" ? "" : at("more").value.trim();
    change(async () => {
      const place = inbox.findIndex((each) => each.tip_id === tip.tip_id);
      try {
        await ask(`/tips/${tip.tip_id}/steps`, { method: "POST", json: { step, reason, version: tip.version, ...rest } });
      } catch (error) {
        if (error.status === 412) await show(tip.tip_id); // somebody was quicker: what they did, and what was typed
        throw error;
      }
      reasons.delete(tip.tip_id);
      const kept = tip.originals.find((each) => each.tip_id === rest.original);
      const of = kept ? `:重复了 ${kept.tip_no || kept.tip_id}` : "";
      say(at("done"), `${tip.tip_no || tip.tip_id} 已${STEPS[step]}${of}`);
      await load(inbox[place + 1]?.tip_id);
    }, beside("#tip .acts"));
  }

  at("tip").addEventListener("input", ({ target }) => reasons.set(open.tip_id, target.value));
  addEventListener("beforeunload", (event) => {
    const told = [...reasons.values(), ...["text", "source", "address", "community"].map((id) => at(id).value)];
    if (told.some((text) => text.trim())) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const button = document.querySelector(`#tip [data-key="${CSS.escape(event.key.toUpperCase())}"]`);
    if (!move && !button) return;
    event.preventDefault();
    if (button) return button.click();
    const next = inbox[inbox.findIndex((tip) => tip.tip_id === open?.tip_id) + move];
    if (next) change(() => show(next.tip_id));
  });

  /* The form. */

  let map = null;
  let pin = null;
  let formId = wuchuan.newId(); // of the form as it stands, until it is stored
  let listing = null; // the communities, on their way

  async function openForm() {
    at("form-part").hidden = false;
    at("text").focus();
    if (map) return map.invalidateSize();
    const [west, south, east, north] = config.bounds;
    map = L.map("place-map", { attributionControl: false, maxZoom: 19 }).fitBounds([[south, west], [north, east]]);
    map.on("click", ({ latlng }) => setPlace(latlng, "已在地图上标出"));
    listing = ask("/api/layers/communities").then((areas) => (communities = areas.features));
    await listing;
    const bordered = communities.filter((area) => area.geometry);
    const drawn = L.geoJSON(bordered, { style: { color: "#7b8a99", weight: 0.7, opacity: 0.6, fillOpacity: 0.04 }, interactive: false });
    drawn.addTo(map);
    if (bordered.length && !place) map.fitBounds(drawn.getBounds());
    nameAreas(bordered).catch(fail);
    at("communities").replaceChildren(...communities.map((area) => el("option", { value: called(area) }, area.properties.code)));
  }

  /* Whoever looks for a place sees the names of counties first, of townships and communities when coming near. */
  const NAMES = {
    county: { font: "600 15px inherit", height: 20, spacing: 2, from: 0, to: 12, rank: 1, shifts: [0, -20, 20] },
    township: { font: "400 12px inherit", height: 16, from: 9.5, to: 14, rank: 2, shifts: [0, -20, 20] },
    community: { font: "400 11px inherit", height: 14, from: 12, to: 99, rank: 3, shifts: [0, -18, 18] },
  };

  async function nameAreas(communities) {
    map.createPane("labels").style.zIndex = 640;
    const labels = new wuchuan.Labels(map, () => true);
    const told = await Promise.all(["county", "township"].map((level) => ask(`/api/layers/areas?level=${level}`)));
    const [counties, townships] = told.map(({ features }) => features.filter((area) => area.geometry));
    L.geoJSON(counties, { style: { color: "#7b8a99", weight: 2, fill: false }, interactive: false }).addTo(map);
    for (const [kind, areas] of Object.entries({ county: counties, township: townships, community: communities })) {
      const entry = ({ geometry, properties: { name } }) => ({ latlng: wuchuan.insidePoint(geometry), text: name, kind });
      labels.set(kind, areas.map(entry), { [kind]: NAMES[kind] });
    }
  }

  function setPlace(latlng, sentence) {
    place = latlng;
    pin?.remove();
    pin = latlng && L.circleMarker(latlng, { radius: 7, color: "#c62828", fillOpacity: 0.7 }).addTo(map);
    at("place-told").textContent = latlng
      ? `${sentence}:${latlng.lng.toFixed(5)},${latlng.lat.toFixed(5)}`
      : "在地图上点一下即可标出地点";
  }

  const namesakes = (name) => communities.filter(({ properties: p }) => p.name === name);

  /* A village's name with its code where another one is called so too. */
  function called({ properties: { name, code } }) {
    return namesakes(name).length > 1 ? `${name} ${code}` : name;
  }

  /* The community that is named; null where the field is empty. Throws where none or more than one is called so. */
  function community() {
    const told = at("community").value.trim();
    if (!told) return null;
    const found = communities.filter((area) => [called(area), area.properties.code].includes(told));
    if (found.length === 1) return found[0];
    const many = namesakes(told).length;
    const sentence = many ? `有 ${many} 个社区叫“${told}”,请从清单里选,后面带着代码` : "没有叫这个名字的社区,请从清单里选";
    throw Object.assign(new Error(told), { sentence });
  }

  /* Comes while the mouse goes down on the button that saves: nothing may move under it, so faults wait for the save. */
  at("community").addEventListener("change", () => {
    const told = at("community").value.trim();
    const area = communities?.find((each) => [called(each), each.properties.code].includes(told));
    if (area?.geometry) map.fitBounds(L.geoJSON(area).getBounds());
    else if (area && !place) at("place-told").textContent = "这个社区的边界待绘,线索只记到社区";
  });

  let looking = 0;
  at("address").addEventListener("input", () => {
    clearTimeout(looking);
    looking = setTimeout(candidates, 300);
  });

  /* Without a gazetteer the address is kept as it is told. */
  async function candidates() {
    const asked = at("address").value.trim();
    const told = asked.length < 2 ? null : await ask(`/api/places?q=${encodeURIComponent(asked)}`).catch(() => null);
    if (asked !== at("address").value.trim()) return;
    const found = (told?.places ?? []).slice(0, 3);
    at("candidates").hidden = !found.length;
    at("candidates").replaceChildren(
      ...found.map((each) => el("li", {}, el("button", { type: "button", onclick: () => pick(each) }, named(each)))),
    );
  }
  const named = (each) => each.title ?? each.name ?? each.address ?? each.properties?.title ?? each.properties?.address;

  function pick(each) {
    const [lng, lat] = each.geometry?.coordinates ?? [each.lon, each.lat];
    setPlace(L.latLng(lat, lng), named(each));
    map.setView(place, 16);
    at("candidates").hidden = true;
  }

  const toldIn = { bad_text: "#text", bad_address: "#address", bad_source_no: "#source", bad_place: "#place-told", bad_community: "#community" };

  function save() {
    let field = "#community";
    return change(async () => {
      if (at("community").value.trim()) await listing;
      const area = community();
      const told = {
        text: at("text").value,
        channel: at("channel").value,
        category: at("category").value,
        source_no: at("source").value.trim(),
        address: at("address").value.trim(),
        community_code: place ? "" : (area?.properties.code ?? ""),
        lon: place?.lng ?? null,
        lat: place?.lat ?? null,
      };
      const kept = await ask("/tips", { method: "POST", json: told, id: formId }).catch((error) => {
        if (error.kind === "other_submission") formId = wuchuan.newId();
        field = toldIn[error.kind] ?? "#form .ends";
        throw error;
      });
      formId = wuchuan.newId();
      at("form").reset();
      setPlace(null);
      at("form-part").hidden = true;
      [at("status").value, at("look").value, start] = ["new", "", 0];
      await load(kept.tip_id);
      say(at("done"), `已登记 ${kept.tip_no},${kept.due_on} 前办结${kept.masked ? ",其中的个人信息已隐去" : ""}`);
    }, () => document.querySelector(field));
  }

  at("open-form").addEventListener("click", () => openForm().catch(fail));
  at("close-form").addEventListener("click", () => (at("form-part").hidden = true));
  at("form").addEventListener("submit", (event) => (event.preventDefault(), save()));
  /* A choice made while the last change is still on its way waits for its turn. */
  const choose = (from) => (busy ? setTimeout(choose, 50, from) : change(() => turn(from())));
  const first = () => 0;
  at("status").addEventListener("change", () => choose(first));
  at("back").addEventListener("click", () => choose(() => Math.max(start - pageful, 0)));
  at("on").addEventListener("click", () => choose(() => start + pageful));
  let typing = 0;
  at("look").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(choose, 300, first);
  });
  const STATUSES = ["new", "accepted", "duplicate", "transferred", "rejected"];
  at("status").replaceChildren(...STATUSES.map((value) => el("option", { value }, config.statuses[value])));
  for (const [id, names] of [["channel", config.channels], ["category", config.categories]])
    at(id).replaceChildren(...names.map((name) => el("option", {}, name)));
  change(() => load(Number(/^#tip=(\d+)$/.exec(location.hash)?.[1] ?? 0)));
})();
