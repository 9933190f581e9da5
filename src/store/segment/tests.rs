use super::super::rollup::class_of;
use super::*;
use crate::domain::heartbeat::Cost;
use crate::domain::heartbeat::ItemClass;
use crate::domain::id::FileId;
use proptest::prelude::*;

fn beat() -> impl Strategy<Value = Packed> {
    let times = (
        0i64..3_600_000,
        any::<Option<i32>>(),
        any::<Option<i32>>(),
        any::<Option<u32>>(),
    );
    let place = (0u32..5, 0u64..1 << 40, 0u32..100_000, 1u32..1_000_000);
    let counts = (
        0u32..5,
        0u32..5,
        any::<u32>(),
        proptest::collection::vec((0u64..4, 0i64..1 << 40), 0..5),
    );
    (
        times,
        place,
        counts,
        any::<Option<u64>>(),
        proptest::option::of("[ -~]{0,30}"),
        0i64..9,
        any::<Option<f64>>(),
    )
        .prop_map(
            |(
                (ms, due, started, duration),
                (file, offset, len, line),
                (did, skipped, failed, items),
                epoch,
                run,
                task,
                usd,
            )| {
                let at = Ts(1_774_594_800_000 + ms);
                let cost = usd.filter(|usd| usd.is_finite()).map(|usd| Cost {
                    usd: Some(usd),
                    tokens_in: epoch.map(|e| e >> 1),
                    ..Cost::default()
                });
                let beat = Beat {
                    at,
                    status: status_of(u64::from(did)),
                    run: run.map(|run| RunId::from(run.as_str())),
                    due: due.map(|n| at + Span(i64::from(n))),
                    started: started.map(|n| at + Span(i64::from(n))),
                    duration: duration.map(|n| Span(i64::from(n))),
                    epoch,
                    did,
                    skipped,
                    failed,
                    items: items
                        .into_iter()
                        .map(|(class, id)| (class_of(class), ItemId(id)))
                        .collect(),
                    extra: cost.map(|cost| {
                        Box::new(Extra {
                            cost: Some(cost),
                            ..Extra::default()
                        })
                    }),
                    locus: Locus {
                        file: FileId(file),
                        offset,
                        len,
                        line,
                    },
                    ..Beat::default()
                };
                Packed {
                    beat,
                    task,
                    model: 0,
                }
            },
        )
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(beats in proptest::collection::vec(beat(), 0..20)) {
        let start = Ts(1_774_594_800_000);
        let mut writer = Writer::new(start);
        for packed in &beats {
            writer.put_packed(packed);
        }
        prop_assert_eq!(Reader::new(start, &writer.bytes).collect::<Vec<_>>(), beats);
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Reader::new(Ts(0), &bytes).count() <= bytes.len());
    }
}

#[test]
fn lines_that_follow_each_other_are_small() {
    let mut writer = Writer::new(Ts(0));
    for n in 0..100u32 {
        let locus = Locus {
            file: FileId(3),
            offset: u64::from(n) * 401 + 9_000_000,
            len: 400,
            line: n + 20_000,
        };
        let items = vec![
            (ItemClass::Did, ItemId(90_000)),
            (ItemClass::Message, ItemId(12)),
        ];
        let beat = Beat {
            at: Ts(i64::from(n) * 30_000),
            status: RunStatus::Ok,
            did: 1,
            items,
            locus,
            ..Beat::default()
        };
        writer.put_packed(&Packed {
            beat,
            task: 4,
            model: 0,
        });
    }
    assert!(
        writer.bytes.len() < 100 * 15,
        "{} bytes",
        writer.bytes.len()
    );
}
