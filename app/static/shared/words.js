/* Words that stand in several places of a page. */

export const GRADES = ["red", "orange", "yellow"];

export const CAUTION = "红色区域只启动核查和走访,绝不是入户的依据";

export const UNREVIEWED = "疑似热点(未核定)";

export const LEVELS = { county: "县(市、区)", township: "乡镇(街道)", community: "社区(村)" };

export const MEASURES = {
  tips: { title: "线索数", unit: "条" },
  findings: { title: "发现窝点的行动数", unit: "次" },
  rate_per_100: { title: "每百处出租屋和场所的线索、发现数", unit: "", digits: 2 },
  rental_units: { title: "出租屋数", unit: "处" },
  venues: { title: "场所数", unit: "处" },
};
