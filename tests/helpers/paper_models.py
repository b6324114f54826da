"""What open_clip.list_pretrained() of open_clip 2.23.0 held: the checkpoints of the paper.

Further rows of the sheets are a user's own: tests hold these rows to facts, and let others be.
"""

_TAGS = """
RN50: openai yfcc15m cc12m
RN50-quickgelu: openai yfcc15m cc12m
RN101: openai yfcc15m
RN101-quickgelu: openai yfcc15m
RN50x4: openai
RN50x16: openai
RN50x64: openai
ViT-B-32: openai laion400m_e31 laion400m_e32 laion2b_e16 laion2b_s34b_b79k datacomp_xl_s13b_b90k
  datacomp_m_s128m_b4k commonpool_m_clip_s128m_b4k commonpool_m_laion_s128m_b4k
  commonpool_m_image_s128m_b4k commonpool_m_text_s128m_b4k commonpool_m_basic_s128m_b4k
  commonpool_m_s128m_b4k datacomp_s_s13m_b4k commonpool_s_clip_s13m_b4k
  commonpool_s_laion_s13m_b4k commonpool_s_image_s13m_b4k commonpool_s_text_s13m_b4k
  commonpool_s_basic_s13m_b4k commonpool_s_s13m_b4k
ViT-B-32-256: datacomp_s34b_b86k
ViT-B-32-quickgelu: openai laion400m_e31 laion400m_e32 metaclip_400m metaclip_fullcc
ViT-B-16: openai laion400m_e31 laion400m_e32 laion2b_s34b_b88k datacomp_xl_s13b_b90k
  datacomp_l_s1b_b8k commonpool_l_clip_s1b_b8k commonpool_l_laion_s1b_b8k
  commonpool_l_image_s1b_b8k commonpool_l_text_s1b_b8k commonpool_l_basic_s1b_b8k
  commonpool_l_s1b_b8k
ViT-B-16-quickgelu: metaclip_400m metaclip_fullcc
ViT-B-16-plus-240: laion400m_e31 laion400m_e32
ViT-L-14: openai laion400m_e31 laion400m_e32 laion2b_s32b_b82k datacomp_xl_s13b_b90k
  commonpool_xl_clip_s13b_b90k commonpool_xl_laion_s13b_b90k commonpool_xl_s13b_b90k
ViT-L-14-quickgelu: metaclip_400m metaclip_fullcc
ViT-L-14-336: openai
ViT-H-14: laion2b_s32b_b79k
ViT-H-14-quickgelu: metaclip_fullcc
ViT-g-14: laion2b_s12b_b42k laion2b_s34b_b88k
ViT-bigG-14: laion2b_s39b_b160k
roberta-ViT-B-32: laion2b_s12b_b32k
xlm-roberta-base-ViT-B-32: laion5b_s13b_b90k
xlm-roberta-large-ViT-H-14: frozen_laion5b_s13b_b90k
convnext_base: laion400m_s13b_b51k
convnext_base_w: laion2b_s13b_b82k laion2b_s13b_b82k_augreg laion_aesthetic_s13b_b82k
convnext_base_w_320: laion_aesthetic_s13b_b82k laion_aesthetic_s13b_b82k_augreg
convnext_large_d: laion2b_s26b_b102k_augreg
convnext_large_d_320: laion2b_s29b_b131k_ft laion2b_s29b_b131k_ft_soup
convnext_xxlarge: laion2b_s34b_b82k_augreg laion2b_s34b_b82k_augreg_rewind
  laion2b_s34b_b82k_augreg_soup
coca_ViT-B-32: laion2b_s13b_b90k mscoco_finetuned_laion2b_s13b_b90k
coca_ViT-L-14: laion2b_s13b_b90k mscoco_finetuned_laion2b_s13b_b90k
EVA01-g-14: laion400m_s11b_b41k
EVA01-g-14-plus: merged2b_s11b_b114k
EVA02-B-16: merged2b_s8b_b131k
EVA02-L-14: merged2b_s4b_b131k
EVA02-L-14-336: merged2b_s6b_b61k
EVA02-E-14: laion2b_s4b_b115k
EVA02-E-14-plus: laion2b_s9b_b144k
ViT-B-16-SigLIP: webli
ViT-B-16-SigLIP-256: webli
ViT-B-16-SigLIP-i18n-256: webli
ViT-B-16-SigLIP-384: webli
ViT-B-16-SigLIP-512: webli
ViT-L-16-SigLIP-256: webli
ViT-L-16-SigLIP-384: webli
ViT-SO400M-14-SigLIP: webli
ViT-SO400M-14-SigLIP-384: webli
ViT-L-14-CLIPA: datacomp1b
ViT-L-14-CLIPA-336: datacomp1b
ViT-H-14-CLIPA: datacomp1b
ViT-H-14-CLIPA-336: laion2b datacomp1b
ViT-bigG-14-CLIPA: datacomp1b
ViT-bigG-14-CLIPA-336: datacomp1b
nllb-clip-base: v1
nllb-clip-large: v1
"""


def _names() -> tuple[str, ...]:
    names, architecture = [], ""
    for word in _TAGS.split():
        if word.endswith(":"):
            architecture = word[:-1]
        else:
            names.append(f"{architecture}__{word}")
    return tuple(names)


PAPER_MODELS = _names()
