/** What scripts import of app/core/words.py. */
declare module "*/core/words.py" {
  export const ACTION_STATUSES: Record<string, string>;
  export const AREA_LEVELS: Record<string, string>;
  export const AREA_MEASURES: Record<string, { title: string; unit: string; digits?: number }>;
  export const BORDERS: string;
  export const CAUTION: string;
  export const CHECK_AND_MOVE: string;
  export const CHECK_SERVICE: string;
  export const EXPECTED_TITLE: string;
  export const EXPIRED_ZONE: string;
  export const GRADES: string[];
  export const NO_DUPLICATES: string;
  export const PERSONS_MASKED: string;
  export const REPORTING_TITLE: string;
  export const REVIEWED: string;
  export const SUSPECTED: string;
  export const TAP_PLACE: string;
  export const TIP_STATUSES: Record<string, string>;
  export const TIP_STEPS: Record<string, string>;
  export const UNREGISTERED: string;
  export const UNRESTORED: string;
}
