"""What operators see: the journal and the metrics, with closed vocabularies."""
