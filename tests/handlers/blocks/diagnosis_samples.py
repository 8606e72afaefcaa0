"""Diagnoses of each kind, for snapshots."""

from core.alerts.causes import Diagnosis

DIAGNOSES = {
    "diagnosis_of_misses": Diagnosis(
        "manifest.json is a stub that a startup wrote 12 min ago after a miss: it names no "
        "embedding model, and no version that a sync has completed.",
        (
            (
                'The .done marker says "20261123-020612", but manifest.json has version '
                "20261123-085810."
            ),
            (
                "Hit rate: 14.2 %, 2 of 14 startups since 08:10 UTC hit. Misses: 7 "
                "manifest_missing, 5 model_not_found."
            ),
            (
                "Service: tabular-service-00042-abc is ready with all of the traffic, shared "
                "volume on."
            ),
            "Sync runs: The last good sync finished 7 h ago.",
        ),
        (),
        ("sync", "rollback 20261122-020511"),
    ),
    "diagnosis_of_a_typo": Diagnosis(
        'The registry does not know the language model "lama3.2:1b", which the sync job asks '
        "for. The last one that a sync has fetched is llama3.2:1b.",
        (
            (
                'tabular-model-sync-x7k2p failed at 2026-11-23 02:10 UTC after 3 attempts: "Error: '
                'pull model manifest: file does not exist"'
            ),
            "The last good version 20261122-020511 is whole and still serves.",
        ),
        ("The access to the bucket could not be read: storage.buckets.getIamPolicy is missing.",),
        ("update llm=llama3.2:1b",),
    ),
    "diagnosis_that_is_probable": Diagnosis(
        "Only instances of tabular-service-00043-def miss, which first started 9 min ago; those "
        "of other revisions hit.",
        ("tabular-service was last changed 11 min ago by <!channel>.",),
        certain=False,
    ),
    "diagnosis_without_a_cause": Diagnosis(
        "No cause was found in what could be read, and not everything could be.",
        ("Sync runs: The last good sync finished 7 h ago.",),
        ("The service could not be read: no answer within 9 s.",),
        ("health",),
    ),
    "diagnosis_of_the_size": Diagnosis(
        "Leftovers of syncs fill the bucket: 9.2 GB under .tmp/, the oldest 8 d old.",
        (
            (
                "Size: 3.6 GB live and 11.5 GB noncurrent are 150.7 % of 10.0 GB; 0 B soft-deleted "
                "are not counted."
            ),
            "`/cache cleanup versions` would free 9.2 GB.",
        ),
        (),
        ("cleanup versions",),
    ),
}
