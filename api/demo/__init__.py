"""The whole story on one machine: a portal, a mailbox and the real service between them.

`portal` answers like a bids&tenders tenant and a Bid Opportunities page, `mailbox` accepts mail over SMTP and shows it,
`service` runs `bidkeeper serve` as a process of its own, `story` is the timeline. All content is made up for the demo.
"""
