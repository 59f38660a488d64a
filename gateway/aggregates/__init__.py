"""From what people allowed to be measured to published numbers: the table of what each did, the runs of releases, their
schedule.
"""
