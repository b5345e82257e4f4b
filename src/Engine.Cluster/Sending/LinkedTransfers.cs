using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Transfers in their order. There are few: what is looked for is sought from the front.</summary>
internal sealed class LinkedTransfers
{
    private readonly List<OutboundTransfer> _items = [];

    public int Count => _items.Count;

    public OutboundTransfer? First => _items.Count > 0 ? _items[0] : null;

    public void Add(OutboundTransfer transfer) => _items.Add(transfer);

    public void Remove(OutboundTransfer transfer) => _items.Remove(transfer);

    public OutboundTransfer? Find(PagesMessage message)
    {
        foreach (OutboundTransfer transfer in _items)
        {
            if (ReferenceEquals(transfer.Message, message))
                return transfer;
        }

        return null;
    }
}
