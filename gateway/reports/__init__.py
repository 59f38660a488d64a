"""What an officer hands to an authority: tables out of the log's counts, beside what the policy declares; over HTTP, too."""
