"""Where a use could go: the ground of an area told apart by what a project there would be told.

The ground is cut at every limit at which a check of a rule changes (:mod:`geo.availability.limits`); what lies
between the limits is alike for every rule, so one point of it, screened as any site is, speaks for all of it
(:mod:`geo.availability.ground`). No law is worked out a second time.
"""
