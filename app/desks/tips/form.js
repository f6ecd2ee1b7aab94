/* The form for a telephone tip: where the address lies is found while it is typed, and what it may repeat before saving. */

import { NO_DUPLICATES, TAP_PLACE, UNREGISTERED } from "../../core/words.py";
import { at, el } from "../../static/shared/dom.js";
import { newId, query, request, store } from "../../static/shared/request.js";
import { placeLine, suggest } from "../../static/shared/suggest.js";
import { change, config, fail, GRADES, originals, say } from "./common.js";
import { leftContact } from "./left.js";
import { tipMap } from "./map.js";

/* ``stored`` hears of what was stored. */
export function tipForm(stored) {
  let map = null;
  let place = null; // lon, lat, place_error_m and community_code, and whether a person pointed it out
  let communities = null;
  let formId = newId(); // of the form as it stands, until it is stored
  let listing = null; // the communities, on their way
  const above = new Map(); // the names of counties and townships by code
  const FEW = 3; // candidates that are offered

  async function openForm() {
    at("form-part").hidden = false;
    at("text").focus();
    if (map) return map.resize();
    map = tipMap(at("place-map"), {
      bounds: config.bounds,
      pick: ({ lng, lat }) => setPlace({ lon: lng, lat, pointed: true }, "已在地图上标出"),
    });
    listing = request("/api/layers/communities").then((areas) => (communities = areas.features));
    await listing;
    nameParents().then(nameShared).catch(fail); // also of what was typed before they came
    map
      .areas(
        communities.filter((area) => area.geometry),
        Boolean(place),
      )
      .catch(fail);
    at("communities").replaceChildren(
      ...communities.map((area) => el("option", { value: called(area) }, area.properties.code)),
    );
  }

  function setPlace(next, sentence) {
    place = next;
    map?.mark(place);
    const far = place?.place_error_m ? `,误差约 ${Math.round(place.place_error_m)} 米` : "";
    at("place-told").textContent = place
      ? `${sentence}:${place.lon.toFixed(5)},${place.lat.toFixed(5)}${far}`
      : TAP_PLACE;
    at("forget-place").hidden = !place;
    compare();
  }

  async function nameParents() {
    const told = await Promise.all(["county", "township"].map((level) => request(`/api/layers/areas?level=${level}`)));
    for (const { properties: p } of told.flatMap(({ features }) => features)) above.set(p.code, p.name);
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
    const sentence = many
      ? `有 ${many} 个社区叫“${told}”,请从清单里选,后面带着代码`
      : "没有叫这个名字的社区,请从清单里选";
    throw Object.assign(new Error(told), { sentence });
  }

  /* While it is typed, for whoever leaves the field may be about to save: which communities share the name. */
  at("community").addEventListener("input", nameShared);
  function nameShared() {
    const told = at("community").value.trim();
    const shared = communities ? namesakes(told) : [];
    const choices = shared.length > 1 ? shared.map(choice) : [];
    at("community-told").replaceChildren(
      ...(choices.length ? [`有 ${choices.length} 个社区叫“${told}”,选一个:`, ...choices] : []),
    );
    at("community-told").hidden = !choices.length;
  }

  function choice(area) {
    return el("button", { type: "button", class: "link", onclick: () => take(area) }, parents(area));
  }

  function take(area) {
    at("community").value = called(area);
    at("community-told").hidden = true;
    at("community").dispatchEvent(new Event("change"));
  }

  /* The county and township in which a community lies, and its code. */
  function parents({ properties: { code } }) {
    const names = [`${code.slice(0, 6)}000000`, `${code.slice(0, 9)}000`]
      .map((each) => above.get(each))
      .filter(Boolean);
    return [...names, code].join(" ");
  }

  /* Comes while the mouse goes down on the button that saves: nothing may move under it, so faults wait for the save. */
  at("community").addEventListener("change", () => {
    const told = at("community").value.trim();
    const area = communities?.find((each) => [called(each), each.properties.code].includes(told));
    if (area?.geometry && !place) map.lookAt(area);
    else if (area && !place) at("place-told").textContent = "这个社区的边界待绘,线索只记到社区";
    compare();
  });

  /* While the address is typed: a sure place is taken at once; of less sure ones at most three are offered. */
  const list = suggest({ input: at("address"), list: at("candidates"), find, line: placeLine, choose: pick });

  async function find(asked) {
    if (asked.length < 2) return [];
    const told = await request(`/api/places${query({ q: asked, limit: 6 })}`).catch(() => null);
    if (asked !== at("address").value.trim()) return null;
    const found = told?.places ?? [];
    if (place?.pointed) return found;
    if (told?.sure) setPlace(placeOf(found[0]), `已按地址找到“${found[0].name}”`);
    else if (place || found.length) setPlace(null);
    say(at("address-told"), told?.sentence ?? unclear(told, found));
    return told?.sure ? found.filter((one, n) => n && one.kind === "house") : found.slice(0, FEW);
  }

  function unclear(told, found) {
    if (told?.meant > FEW) return `另有 ${told.meant - FEW} 处,请写明乡镇或社区。`;
    return found.length ? "" : `${UNREGISTERED},可在地图上点出地点,或只写社区。`;
  }

  const placeOf = ({ lon, lat, radius_m, community_code }) => ({
    lon,
    lat,
    place_error_m: radius_m,
    community_code: community_code ?? "",
  });

  function pick(one) {
    if (["house", "road", "lane"].includes(one.kind) && !at("address").value.includes(one.name))
      at("address").value = one.name;
    setPlace(placeOf(one), `已选“${one.name}”`);
  }

  /* What the tip may repeat, and what speaks against its place, before it is saved. */
  let comparing = 0;
  function compare() {
    clearTimeout(comparing);
    comparing = setTimeout(() => look().catch(fail), 250);
  }

  async function look() {
    const asked = typed();
    const told =
      asked.address || asked.lon != null || asked.source_no || asked.community_code
        ? await store("/tips/likely", { method: "POST", json: asked })
        : null;
    if (JSON.stringify(asked) !== JSON.stringify(typed())) return;
    at("likely").replaceChildren(...(told ? shown(told) : []));
    map?.others(told?.originals ?? []);
  }

  function shown(told) {
    const zone = told.grade ? `在${GRADES[told.grade]}里。` : "";
    const lies = told.community ? `所在社区:${told.community}。${zone}` : "";
    const count = told.matched ? `可能重复的线索 ${told.matched} 条,保存前请看一看` : NO_DUPLICATES;
    return [
      told.doubt ? el("p", { class: "note", role: "alert" }, told.doubt) : null,
      lies ? el("p", { class: "muted" }, lies) : null,
      el("h3", {}, count),
      ...originals(told),
    ].filter(Boolean);
  }

  function typed() {
    const area = communities?.find((each) =>
      [called(each), each.properties.code].includes(at("community").value.trim()),
    );
    return {
      text: at("text").value,
      source_no: at("source").value.trim(),
      address: at("address").value.trim(),
      community_code: area?.properties.code ?? "",
      lon: place?.lon ?? null,
      lat: place?.lat ?? null,
      place_error_m: place?.place_error_m ?? null,
    };
  }

  const TOLD_IN = {
    bad_text: "#text",
    bad_address: "#address",
    bad_source_no: "#source",
    bad_place: "#place-told",
    bad_community: "#community",
    bad_contact: "#contact",
  };

  function save() {
    let field = "#community";
    return change(
      async () => {
        if (at("community").value.trim()) await listing;
        const area = community();
        const told = {
          ...typed(),
          channel: at("channel").value,
          category: at("category").value,
          community_code: place ? (place.community_code ?? "") : (area?.properties.code ?? ""),
          ...(await leftContact()),
        };
        const kept = await store("/tips", { method: "POST", json: told, id: formId }).catch((error) => {
          if (error.kind === "other_submission") formId = newId();
          field = TOLD_IN[error.kind] ?? "#form .ends";
          throw error;
        });
        formId = newId();
        at("form").reset();
        list.close();
        setPlace(null);
        say(at("address-told"));
        at("community-told").hidden = true;
        at("form-part").hidden = true;
        await stored(kept);
      },
      () => document.querySelector(field),
    );
  }

  addEventListener("beforeunload", (event) => {
    const fields = ["text", "source", "address", "community", "contact"];
    if (fields.some((id) => at(id)?.value.trim())) event.preventDefault();
  });
  for (const id of ["text", "source"]) at(id).addEventListener("input", compare);
  at("open-form").addEventListener("click", () => openForm().catch(fail));
  at("close-form").addEventListener("click", () => (at("form-part").hidden = true));
  at("forget-place").addEventListener("click", () => setPlace(null));
  at("form").addEventListener("submit", (event) => (event.preventDefault(), save()));
  for (const [id, names] of [
    ["channel", config.channels],
    ["category", config.categories],
  ])
    at(id).replaceChildren(...names.map((name) => el("option", {}, name)));
}
